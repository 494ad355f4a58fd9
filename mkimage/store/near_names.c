/* What to do about an image that is not there: another tag of it, a name like it, or how to get it.
 */
#include "mkimage/store/store_impl.h"

#include "base/near.h"

#include <string.h>

enum { TAGS_SHOWN = 3 };

/* Whoever wrote a tag is shown tags. */
static const char *as_written(struct arena *a, const struct reference *r, bool with_tag)
{
	const char *name = reference_short(r->repository);
	return with_tag ? arena_fmt(a, "%s:%s", name, r->tag) : name;
}

/* Where Slipway's own sources have the recipe of slipway/NAME. */
static const char *recipe_folder(struct arena *a, const char *name)
{
	static const char kernel[] = "kernel-", debian[] = "debian";
	if (strncmp(name, kernel, sizeof(kernel) - 1) != 0)
		return arena_fmt(a, "packages/%s", name);
	const char *kind = name + sizeof(kernel) - 1;
	return arena_fmt(a, "kernel/%s%s",
		strncmp(kind, debian, sizeof(debian) - 1) == 0 ? "" : "slipway/", kind);
}

static const char *how_to_get(struct arena *a, const struct reference *wanted, const char *whole)
{
	static const char ours[] = "slipway/";
	if (strncmp(wanted->repository, ours, sizeof(ours) - 1) == 0)
		return arena_fmt(a, "build it: slipway pkg build %s",
			recipe_folder(a, wanted->repository + sizeof(ours) - 1));
	return arena_fmt(a, "get it: slipway image pull %s; or slipway image import PATH",
		reference_short(whole));
}

const char *near_names_hint(struct arena *a, const struct descriptors *all, const char *wanted)
{
	struct reference want, have;
	struct strings names = { 0 };
	const char *tags = "";
	size_t shown = 0;
	reference_split(a, wanted, &want);
	vec_each (struct descriptor, i, all) {
		if (!i->name)
			continue;
		reference_split(a, i->name, &have);
		vec_push(a, &names, as_written(a, &have, *want.tag));
		if (strcmp(have.repository, want.repository) == 0 && *have.tag &&
			shown++ < TAGS_SHOWN)
			tags = arena_fmt(a, "%s%s\"%s:%s\"", tags, *tags ? ", " : "",
				reference_short(have.repository), have.tag);
	}
	if (*tags)
		return arena_fmt(a, "there is %s", tags);
	const char *near = near_name(as_written(a, &want, *want.tag), &names);
	const char *get = how_to_get(a, &want, wanted);
	return near ? arena_fmt(a, "did you mean \"%s\"? Else %s", near, get) : get;
}
