/* "did you mean …" for image names. */
#include "mkimage/store/store_impl.h"

#include <string.h>

enum { NAME_SIZE = 256, SHOWN = 3 };

/* Edits (insert, drop, change, swap two neighbours) between a and b; more than NAME_SIZE bytes
 * never fit. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NAME_SIZE];
	size_t n = strlen(a), m = strlen(b);
	if (n >= NAME_SIZE || m >= NAME_SIZE)
		return NAME_SIZE;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = rows[i % 3], *up = rows[(i - 1) % 3], *up2 = rows[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);
			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[n % 3][m];
}

struct near {
	const char *name;
	unsigned edits;
};

static void keep(struct near *best, const char *name, unsigned edits)
{
	for (size_t i = 0; i < SHOWN; i++)
		if (best[i].name && strcmp(best[i].name, name) == 0)
			return;
	for (size_t i = 0; i < SHOWN; i++) {
		if (best[i].name && best[i].edits <= edits)
			continue;
		memmove(&best[i + 1], &best[i], (SHOWN - 1 - i) * sizeof(*best));
		best[i] = (struct near){ .name = name, .edits = edits };
		return;
	}
}

/* The name as the user would write it: ":latest" goes without saying unless they said a tag. */
static const char *as_written(struct arena *a, const struct reference *have, bool with_tag)
{
	const char *name = reference_short(have->repository);
	if (!with_tag && (!*have->tag || strcmp(have->tag, "latest") == 0))
		return name;
	return *have->tag ? arena_fmt(a, "%s:%s", name, have->tag) : name;
}

static const char *how_to_get(struct arena *a, const struct reference *wanted)
{
	if (strncmp(wanted->repository, "slipway/", 8) == 0)
		return arena_fmt(
			a, "build it: slipway pkg build packages/%s", wanted->repository + 8);
	return "import it: slipway image import PATH";
}

const char *near_names_hint(struct arena *a, const struct descriptors *all, const char *wanted)
{
	struct reference want, have;
	struct near best[SHOWN] = { { NULL, 0 } };
	reference_split(a, wanted, &want);
	const char *name = reference_short(want.repository);
	unsigned limit = (unsigned)strlen(name) / 4 + 1;
	/* Another tag of the same image is the nearest of all. */
	vec_each (struct descriptor, i, all) {
		if (!i->name)
			continue;
		reference_split(a, i->name, &have);
		unsigned edits = distance(name, reference_short(have.repository));
		if (edits > limit)
			continue;
		keep(best, as_written(a, &have, *want.tag != '\0' || edits == 0), edits);
	}
	if (!best[0].name)
		return how_to_get(a, &want);
	const char *list = "";
	for (size_t i = 0; i < SHOWN && best[i].name; i++)
		list = arena_fmt(a, "%s%s\"%s\"", list, i ? " or " : "", best[i].name);
	return arena_fmt(a, "did you mean %s? Else %s", list, how_to_get(a, &want));
}
