/* Steps of reading a recipe. */
#ifndef PKG_RECIPE_IMPL_H
#define PKG_RECIPE_IMPL_H

#include "mkimage/pkg/recipe.h"

/* text is borrowed. */
CHECK int recipe_parse(struct arena *a, const char *dir, const char *name, const char *text,
	size_t len, struct recipe *out, struct diags *d);
/* Names, paths, and keys that exclude each other. */
CHECK int recipe_check(const struct recipe *r, struct diags *d);
/*
 * A path that stays below where it is taken from: relative or absolute, no "..", no empty word.
 * Recorded at s when it is not.
 */
CHECK int recipe_path_check(const struct r_str *s, struct diags *d);

#endif
