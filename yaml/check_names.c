/* Names that items of a file share by mistake. */
#include "yaml/check.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const struct y_str *x = *(const struct y_str *const *)a,
			   *y = *(const struct y_str *const *)b;
	int c = strcmp(x->v, y->v);
	if (c)
		return c;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	return x->at.col < y->at.col ? -1 : x->at.col > y->at.col;
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

static int by_place(const void *a, const void *b)
{
	const struct pos *x = &(*(const struct y_str *const *)a)->at;
	const struct pos *y = &(*(const struct y_str *const *)b)->at;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
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
		reader_fail(r, n->at, "choose another name",
			"two %s are called \"%s\"; the first is at %s:%u:%u", what, n->v, was.file,
			was.line, was.col);
	}
}

/* "/etc//motd", "etc/motd" and "./etc/motd" are one file. */
static const char *plain_path(struct arena *a, const char *path)
{
	char *out = arena_str(a, path), *to = out;
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		if (len && !(len == 1 && *p == '.')) {
			if (to != out)
				*to++ = '/';
			memmove(to, p, len);
			to += len;
		}
		p += len + (p[len] == '/');
	}
	*to = '\0';
	return out;
}

static void check_files(struct reader *r, const struct config *c)
{
	struct name_set paths = { 0 }, again = { 0 };
	for (size_t i = 0; i < c->files.len; i++) {
		const struct y_str *path = &c->files.items[i].path;
		struct y_str *plain = ARENA_NEW(r->mem, struct y_str);
		if (!path->v)
			continue;
		*plain = (struct y_str){ plain_path(r->mem, path->v), path->at };
		vec_push(r->mem, &paths, plain);
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
