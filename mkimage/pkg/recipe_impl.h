/* Steps of reading a recipe. */
#ifndef PKG_RECIPE_IMPL_H
#define PKG_RECIPE_IMPL_H

#include "mkimage/pkg/recipe.h"

struct table;

/* The keys of build.yml; a struct recipe. */
extern const struct table recipe_table;

/* text is borrowed until d is dropped. */
CHECK int recipe_parse(struct arena *a, const char *dir, const char *name, const char *text,
	size_t len, struct recipe *out, struct diags *d);
/* Names, paths, and keys that exclude each other. */
CHECK int recipe_check(const struct recipe *r, struct diags *d);
/*
 * A path that stays below where it is taken from: relative or absolute, no "..", not empty.
 * Recorded at s when it is not.
 */
CHECK int recipe_path_check(const struct y_str *s, struct diags *d);

#endif
