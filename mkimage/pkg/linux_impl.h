/* Steps of building a kernel from Debian's source. */
#ifndef PKG_LINUX_IMPL_H
#define PKG_LINUX_IMPL_H

#include "mkimage/pkg/apt.h"
#include "mkimage/pkg/kconfig.h"
#include "mkimage/pkg/pkg_impl.h"

struct linux_build {
	struct pkg_build *b;
	const char *dir;      /* the source; it is built in place */
	const char *arch;     /* kbuild's name of the architecture */
	const char *prefix;   /* of the compiler's programs: "", or "aarch64-linux-gnu-" */
	struct kconfig asked; /* set by linux_fragments */
	struct apt_file deb;  /* the package of the source */
	const char *image;    /* set by linux_make: the file, below dir */
	const char *version;  /* set by linux_make: what uname(2) says */
};

CHECK int linux_fragments(struct linux_build *x, struct diags *d);
/* All off but what the fragments turn on, and each of their lines obeyed. */
CHECK int linux_configure(struct linux_build *x, struct diags *d);
CHECK int linux_make(struct linux_build *x, struct diags *d);

#endif
