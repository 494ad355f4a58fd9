/* Names that items of a file share by mistake. */
#include "yaml/check.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

/* In the order of the config, which can have several files: all stand in one array. */
static int by_place(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (const struct y_str *const *)a,
		  y = (uintptr_t) * (const struct y_str *const *)b;
	return x < y ? -1 : x > y;
}

static int by_name(const void *a, const void *b)
{
	const struct y_str *x = *(const struct y_str *const *)a,
			   *y = *(const struct y_str *const *)b;
	int c = strcmp(x->v, y->v);
	return c ? c : by_place(a, b);
}

void name_set_sort(struct name_set *s)
{
	if (s->len)
		qsort(s->items, s->len, sizeof(*s->items), by_name);
}

static int match(const void *key, const void *item)
{
	return strcmp(key, (*(const struct y_str *const *)item)->v);
}

const struct y_str *name_set_find(const struct name_set *s, const char *name)
{
	const struct y_str *const *found = s->len ? bsearch(name, s->items, s->len,
							    sizeof(*s->items), match)
						  : NULL;
	return found ? *found : NULL;
}

enum { GUESSED = 200 }; /* names that are compared for a hint */

const char *name_set_hint(
	struct reader *r, const struct name_set *s, const char *name, const char *otherwise)
{
	struct strings names = { 0 };
	if (reader_full(r))
		return NULL;
	for (size_t i = 0; i < s->len && i < GUESSED; i++)
		vec_push(r->mem, &names, s->items[i]->v);
	return near_hint(r->mem, name, &names, otherwise);
}

/* Those that are taken already, in the order of the file; s is sorted. */
static void second_ones(struct reader *r, const struct name_set *s, struct name_set *out)
{
	for (size_t i = 1; i < s->len; i++) {
		if (strcmp(s->items[i]->v, s->items[i - 1]->v) == 0)
			vec_push(r->mem, out, s->items[i]);
	}
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), by_place);
}

static struct pos first_place(const struct name_set *s, const char *name)
{
	size_t low = 0, high = s->len;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(s->items[mid]->v, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return s->items[low]->at;
}

static void check_unique(struct reader *r, struct name_set *s, const char *what)
{
	struct name_set again = { 0 };
	name_set_sort(s);
	second_ones(r, s, &again);
	for (size_t i = 0; i < again.len; i++) {
		const struct y_str *n = again.items[i];
		struct pos was = first_place(s, n->v);
		reader_fail(r, n->at,
			strcmp(was.file, n->at.file) == 0
				? "choose another name"
				: "choose another name, or add `override: merge` or `override: replace`",
			"two %s are called \"%s\"; the first is at %s:%u:%u", what, n->v, was.file,
			was.line, was.col);
	}
}

static void check_files(struct reader *r, const struct config *c)
{
	struct name_set paths = { 0 }, again = { 0 };
	struct y_str *plain = arena_array(r->mem, c->files.len, sizeof(*plain));
	for (size_t i = 0; i < c->files.len; i++) {
		const struct y_str *path = &c->files.items[i].path;
		if (!path->v)
			continue;
		plain[i] = (struct y_str){ path_plain(r->mem, path->v), path->at };
		vec_push(r->mem, &paths, &plain[i]);
	}
	name_set_sort(&paths);
	second_ones(r, &paths, &again);
	for (size_t i = 0; i < again.len; i++) {
		struct pos was = first_place(&paths, again.items[i]->v);
		reader_warn(r, again.items[i]->at, "remove one of them",
			"the file \"%s\" replaces the one at %s:%u:%u", again.items[i]->v, was.file,
			was.line, was.col);
	}
}

void check_names(struct reader *r, const struct config *c)
{
	struct name_set services = { 0 }, volumes = { 0 };
	for (size_t i = 0; i < c->services.len; i++) {
		if (c->services.items[i].name.v)
			vec_push(r->mem, &services, &c->services.items[i].name);
	}
	for (size_t i = 0; i < c->volumes.len; i++) {
		if (c->volumes.items[i].name.v)
			vec_push(r->mem, &volumes, &c->volumes.items[i].name);
	}
	check_unique(r, &services, "services");
	check_unique(r, &volumes, "volumes");
	check_files(r, c);
}
