/* Steps of building a kernel from Debian's source. */
#ifndef PKG_LINUX_IMPL_H
#define PKG_LINUX_IMPL_H

#include "mkimage/pkg/apt.h"
#include "mkimage/pkg/kbuild.h"
#include "mkimage/pkg/kconfig.h"

struct linux_build {
	struct pkg_build *b;
	struct kbuild k;      /* the source; it is built in place */
	struct kconfig asked; /* set by linux_fragments */
	struct apt_file deb;  /* the package of the source */
	const char *image;    /* set by linux_make: the file, below dir */
	const char *version;  /* set by linux_make: what uname(2) says */
};

/* Do the fragments ask for loadable modules? */
bool linux_modular(const struct linux_build *x);
CHECK int linux_fragments(struct linux_build *x, struct diags *d);
/* All off but what the fragments turn on, and each of their lines obeyed. */
CHECK int linux_configure(struct linux_build *x, struct diags *d);
CHECK int linux_make(struct linux_build *x, struct diags *d);
/* Images beside the kernel's: its headers, and, where it takes modules, what they are built on. */
CHECK int linux_asides(struct linux_build *x, const char *work, struct diags *d);

#endif
