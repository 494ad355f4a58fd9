/*
 * Fragments of a kernel's configuration (Linux Documentation/kbuild/kconfig.rst,
 * "KCONFIG_ALLCONFIG"): lines "CONFIG_X=value" and "# CONFIG_X is not set"; other lines that start
 * with '#' are comments. Pure text: no I/O.
 */
#ifndef PKG_KCONFIG_H
#define PKG_KCONFIG_H

#include "base/diag.h"

struct kconfig_option {
	const char *name;  /* "CONFIG_X" */
	const char *value; /* as it stands there; NULL: is not set */
	struct pos at;
};

struct kconfig {
	struct arena *mem;
	struct kconfig_option *items;
	size_t len, cap;
};

/*
 * Adds what a fragment asks for. An option that another line asked for with another value is an
 * error, as is a line of no known form: kbuild would pass over both without a word.
 */
CHECK int kconfig_add(
	struct kconfig *k, const char *file, const char *text, size_t len, struct diags *d);
/* All of it, for KCONFIG_ALLCONFIG. */
const char *kconfig_text(const struct kconfig *k);
/* Every option is in the final .config as asked for; each that is not is an error at its line, the
 * first first. */
CHECK int kconfig_check(const struct kconfig *asked, const char *config, struct diags *d);

#endif
