/*
 * Kernel modules: which ones a set of names needs, and depmod's files cut down to them
 * (modules.dep(5), modprobe.d(5) "softdep"; depmod.d(5)). Pure text: no I/O.
 */
#ifndef BUILD_MODULES_H
#define BUILD_MODULES_H

#include "base/diag.h"

#include <stdbool.h>

struct module {
	const char *path; /* "kernel/fs/overlayfs/overlay.ko.xz", relative to lib/modules/VERSION */
	const char *name; /* "overlay"; '-' is '_' */
	size_t *deps;	  /* indices */
	size_t deps_len;
	struct strings soft; /* names that may be missing */
	const char *line;    /* its line of modules.dep */
};

struct modules {
	struct arena *mem;
	struct module *items; /* in the order of modules.dep */
	size_t len, cap;
	size_t *by_name;	/* indices, sorted by name */
	struct strings builtin; /* names, sorted */
	const char *alias_text, *softdep_text;
};

/* depmod's files; softdep, builtin and alias may be NULL. The texts are borrowed. */
struct modules_texts {
	const char *dep, *alias, *softdep, *builtin;
};
CHECK int modules_parse(
	struct arena *a, const struct modules_texts *t, struct modules *out, struct diags *d);

/* A module file, and not built into the kernel. */
bool modules_has(const struct modules *m, const char *name);
/* One flag per module. */
bool *modules_none(const struct modules *m);
/*
 * Adds a module by name, and all that it needs. A module that is built into the kernel is fine. at
 * is where the name stands in the config; line 0: it does not.
 */
CHECK int modules_keep(
	const struct modules *m, const char *name, struct pos at, bool *kept, struct diags *d);

/* The texts for the kept modules alone, in m's arena. builtin stays whole. */
void modules_filter(const struct modules *m, const bool *kept, struct modules_texts *out);

#endif
