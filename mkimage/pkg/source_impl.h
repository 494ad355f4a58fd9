/* Steps of building a program from Debian's source. */
#ifndef PKG_SOURCE_IMPL_H
#define PKG_SOURCE_IMPL_H

#include "mkimage/pkg/musl.h"

struct source_build {
	struct pkg_build *b;
	const char *dir; /* where it is built */
	struct musl musl;
	const char *version; /* of Debian's source package; set by source_fetch */
};

/* Upstream's files with Debian's patches. */
CHECK int source_fetch(struct source_build *x, struct diags *d);
/* Everything off but what the recipe's file turns on, and each line of it obeyed. */
CHECK int source_configure(struct source_build *x, struct diags *d);
/* .config's text with every option off but those of the fragment, which comes last. */
const char *source_select(struct arena *a, const char *config, const char *fragment);
CHECK int source_make(struct source_build *x, struct diags *d);

#endif
