/*
 * make of a kernel's source, for the target (Linux Documentation/kbuild/reproducible-builds.rst):
 * what comes out does not depend on where, when and by whom.
 */
#ifndef PKG_KBUILD_H
#define PKG_KBUILD_H

#include "mkimage/pkg/pkg_impl.h"

struct kbuild {
	struct pkg_build *b;
	const char *dir;    /* the source, or a build tree */
	const char *arch;   /* kbuild's name of the architecture */
	const char *prefix; /* of the compiler's programs: "", or "aarch64-linux-gnu-" */
};

struct kbuild kbuild_open(struct pkg_build *b, const char *dir);
/* A target, and up to two assignments or targets more; NULL: none. */
CHECK int kbuild_make(const struct kbuild *k, const char *target, const char *more,
	const char *other, struct diags *d);
/* GNU tar of what lies at `what` below dir, without hidden files, that says nothing of this
 * machine either; without the files `but`. */
CHECK int kbuild_tar(const struct kbuild *k, const char *dir, const char *what,
	const struct strings *but, const char *to, struct diags *d);

#endif
