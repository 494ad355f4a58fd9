/* What the steps of resolving share. */
#ifndef PLAN_RESOLVED_IMPL_H
#define PLAN_RESOLVED_IMPL_H

#include "mkimage/plan/resolved.h"

#include "yaml/fields.h"

struct resolving {
	struct arena *mem;
	const struct plan *plan;
	bool slipway; /* which defaults hold */
};

struct resolved *resolved_new(struct resolving *r, const char *key, enum resolved_type type);
/* Adds to a map or list; NULL: nothing to add. */
void resolved_add(struct resolving *r, struct resolved *to, struct resolved *kid);
struct resolved *resolved_text(
	struct resolving *r, const char *key, const char *text, struct origin from);
struct resolved *resolved_texts(
	struct resolving *r, const char *key, const struct strings *l, struct origin from);
/* Where a value that stands there is from. */
struct origin resolved_origin(const struct resolving *r, struct pos at);

/* The value of one field in a struct of its table, or NULL: it is not set and has no default. */
struct resolved *resolved_field(
	struct resolving *r, const struct field *f, const void *value, bool defaults);
/* All fields of a table that are set, and those with one value as their default. */
void resolved_table(struct resolving *r, const struct table *t, const void *item, bool defaults,
	struct resolved *to);

#endif
