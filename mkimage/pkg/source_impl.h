/* Steps of building a program from Debian's source. dir: the folder where it is built. */
#ifndef PKG_SOURCE_IMPL_H
#define PKG_SOURCE_IMPL_H

#include "mkimage/pkg/pkg_impl.h"

/* Upstream's files with Debian's patches. */
CHECK int source_fetch(struct pkg_build *b, const char *dir, struct diags *d);
/* Everything off but what the recipe's file turns on, and each line of it obeyed. */
CHECK int source_configure(struct pkg_build *b, const char *dir, struct diags *d);
/* .config's text with every option off but those of the fragment, which comes last. */
const char *source_select(struct arena *a, const char *config, const char *fragment);
CHECK int source_make(struct pkg_build *b, const char *dir, struct diags *d);

#endif
