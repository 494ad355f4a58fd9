/* Inside the section "compile". */
#ifndef PKG_COMPILE_IMPL_H
#define PKG_COMPILE_IMPL_H

#include "mkimage/pkg/recipe.h"

/* A rule of make: fails at the program when it names a file outside of the folders, unless that is
 * relative and stays below. */
CHECK int compile_depends(struct arena *a, const char *text, const struct recipe_compiled *p,
	const struct strings *folders, struct diags *d);
CHECK int compile_depends_file(struct arena *a, const char *path, const struct recipe_compiled *p,
	const struct strings *folders, struct diags *d);

#endif
