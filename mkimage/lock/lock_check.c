/*
 * Drift: the config asks for something else than the lock holds. First by name, without a look at
 * images and files, so that all of it is told at once; then by what is in them.
 */
#include "mkimage/lock/lock_impl.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

static const char hint[] = "`slipway lock --update` takes the change over and shows it";

static int drift(struct diags *d, struct pos at, const char *what)
{
	bool full = diags_full(d);
	(void)fail_at(d, at, hint, "%s", what);
	if (!full)
		d->last->kind = KIND_INTEGRITY;
	return -1;
}

/* A name that the config wants, and where. */
struct wanted {
	const char *name;
	struct pos at;
};
struct wants {
	struct wanted *items;
	size_t len, cap;
};

static void want(struct arena *a, struct wants *w, const struct y_str *image)
{
	const char *ref, *why;
	if (image->v && image->v[0] && reference_normalise(a, image->v, &ref, &why) == 0)
		vec_push(a, w, ((struct wanted){ ref, image->at }));
}

static void want_items(struct arena *a, struct wants *w, const struct image_items *l)
{
	for (size_t i = 0; i < l->len; i++)
		want(a, w, &l->items[i].image);
}

static int by_name(const void *x, const void *y)
{
	const struct wanted *a = x, *b = y;
	int c = strcmp(a->name, b->name);
	if (c)
		return c;
	return a->at.line < b->at.line ? -1 : a->at.line > b->at.line;
}

/* Sorted, and each once. */
static void settle(struct wants *w)
{
	size_t kept = 0;
	if (w->len)
		qsort(w->items, w->len, sizeof(*w->items), by_name);
	for (size_t i = 0; i < w->len; i++) {
		if (!kept || strcmp(w->items[kept - 1].name, w->items[i].name) != 0)
			w->items[kept++] = w->items[i];
	}
	w->len = kept;
}

static void check_images(
	struct arena *a, const struct lock *l, const struct config *c, struct diags *d)
{
	struct wants w = { 0 };
	want(a, &w, &c->kernel.image);
	for (size_t i = 0; i < c->init.len; i++)
		want(a, &w, &c->init.items[i]);
	for (size_t i = 0; i < c->volumes.len; i++)
		want(a, &w, &c->volumes.items[i].image);
	want_items(a, &w, &c->onboot);
	want_items(a, &w, &c->onshutdown);
	want_items(a, &w, &c->services);
	settle(&w);
	size_t i = 0, k = 0;
	while (i < w.len || k < l->images.len) {
		int order = i == w.len		 ? 1
			    : k == l->images.len ? -1
						 : strcmp(w.items[i].name, l->images.items[k].ref);
		if (order < 0)
			(void)drift(d, w.items[i].at,
				arena_fmt(a, "the image \"%s\" is not in the lock \"%s\"",
					w.items[i].name, l->file));
		else if (order > 0)
			(void)drift(d, l->images.items[k].at,
				arena_fmt(a, "the config no longer names the image \"%s\"",
					l->images.items[k].ref));
		i += order <= 0;
		k += order >= 0;
	}
}

static void tell(
	struct arena *a, const struct lock *l, const struct lock_changes *all, struct diags *d)
{
	vec_each (struct lock_change, k, all) {
		struct pos at = k->at.line ? k->at : (struct pos){ .file = l->file };
		const char *text =
			!k->was	 ? arena_fmt(a, "the %s is not in the lock", k->what)
			: !k->is ? arena_fmt(a, "the lock has the %s, and the config no longer",
					   k->what)
				 : arena_fmt(a, "the %s drifted: the lock has %s, and now it is %s",
					   k->what, k->was, k->is);
		(void)drift(d, at, text);
	}
}

static void check_values(
	struct arena *a, const struct lock *l, const struct config *c, struct diags *d)
{
	struct lock was = { .platform = "", .values = l->values }, is = { .platform = "" };
	struct lock_changes changes = { 0 };
	lock_values(a, c, &is.values);
	lock_compare(a, &was, &is, &changes);
	tell(a, l, &changes, d);
}

int lock_check_config(struct arena *a, const struct lock *l, const struct config *c,
	const struct platform *p, struct diags *d)
{
	unsigned before = d->errors;
	const char *platform = arena_fmt(a, "%s/%s%s%s", p->os, p->arch, p->variant ? "/" : "",
		p->variant ? p->variant : "");
	if (l->plan != PLAN_VERSION)
		(void)drift(d, l->plan_at,
			arena_fmt(a, "this slipway plans by version %d, and the lock by %lld",
				PLAN_VERSION, (long long)l->plan));
	if (strcmp(platform, l->platform) != 0)
		(void)drift(d, l->platform_at,
			arena_fmt(a, "the lock is for %s, and the build for %s", l->platform,
				platform));
	check_values(a, l, c, d);
	check_images(a, l, c, d);
	return d->errors > before ? -1 : 0;
}

int lock_check_plan(struct arena *a, const struct lock *l, const struct plan *p, struct store *s,
	struct diags *d)
{
	struct lock now;
	struct lock_changes changes = { 0 };
	unsigned before = d->errors;
	if (lock_make(a, p, s, &now, d) < 0)
		return -1;
	lock_compare(a, l, &now, &changes);
	tell(a, l, &changes, d);
	return d->errors > before ? -1 : 0;
}
