#include "mkimage/inspect/inspect_impl.h"

#include <string.h>

static const char *part_names(const struct inspected *i)
{
	const char *text = "";
	vec_each (struct inspect_part *, p, &i->all)
		text = arena_fmt(i->mem, "%s%s%s", text, *text ? ", " : "", (*p)->name);
	return text;
}

static int find_part(const struct inspected *i, const char *name, size_t len,
	struct inspect_part **out, struct diags *d)
{
	vec_each (struct inspect_part *, p, &i->all) {
		if (strlen((*p)->name) == len && memcmp((*p)->name, name, len) == 0) {
			*out = *p;
			return 0;
		}
	}
	return fail(d, KIND_INPUT, arena_fmt(i->mem, "it has %s", part_names(i)),
		"\"%s\" has no part \"%.*s\"", i->path, (int)len, name);
}

/* The text in front of a ':' that comes before any '/'. */
static size_t part_prefix(const char *text)
{
	size_t len = strcspn(text, ":/");
	return text[len] == ':' ? len : 0;
}

int inspect_find(const struct inspected *i, const char *text, struct inspect_part **part,
	struct node **node, struct diags *d)
{
	size_t prefix = part_prefix(text);
	const char *path = prefix ? text + prefix + 1 : text;
	*part = i->root;
	*node = NULL;
	if (prefix && find_part(i, text, prefix, part, d) < 0)
		return -1;
	if (!*part)
		return fail(d, KIND_INPUT,
			arena_fmt(i->mem, "name a part, as in PART:PATH; it has %s", part_names(i)),
			"no root file system was found in \"%s\"", i->path);
	if (prefix && !*path)
		return 0;
	if (!(*part)->tree)
		return fail(d, KIND_INPUT, NULL, "the part \"%s\" of \"%s\" holds no files",
			(*part)->name, i->path);
	*node = *path && strcmp(path, "/") != 0 ? tree_follow(i->mem, (*part)->tree, path, NULL)
						: (*part)->tree->root;
	if (!*node)
		return fail(d, KIND_INPUT, "`slipway ls` lists what is there",
			"\"%s\" is not in the part \"%s\" of \"%s\"", path, (*part)->name, i->path);
	return 0;
}
