/* Steps of turning Debian's kernel package into LinuxKit's layout. */
#ifndef PKG_KERNEL_IMPL_H
#define PKG_KERNEL_IMPL_H

#include "mkimage/pkg/pkg_impl.h"

/* depmod's files for a folder of modules: modules.dep(5), modules.alias, modules.softdep, … */
struct depmod_file {
	const char *name;
	char *text;
	size_t len;
};

struct depmod_files {
	struct depmod_file *items;
	size_t len, cap;
};

/* Writes the modules (the node lib/modules/VERSION) to the disk, runs depmod there, and reads back
 * what it made. */
CHECK int kernel_depmod(struct pkg_build *b, const struct node *modules, const char *version,
	struct depmod_files *out, struct diags *d);

/* A list of modules in the folder of the recipe -> "a,b,c"; each must be one of this kernel's. */
CHECK int kernel_list(struct pkg_build *b, const struct y_str *file, const char *dep,
	const char *builtin, const char **out, struct diags *d);

/* The files that the section's "board" names, out of all that was unpacked, to board/ of the
 * package's tree. */
CHECK int kernel_board(struct pkg_build *b, const struct tree *from, struct diags *d);

#endif
