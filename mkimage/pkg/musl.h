/*
 * A compiler for static programs of a target: this machine's gcc (or its cross compiler) on
 * Debian's musl-dev and linux-libc-dev for the target's architecture, which are unpacked, not
 * installed. What of the compiler's input comes from Debian is named by version and digest.
 */
#ifndef PKG_MUSL_H
#define PKG_MUSL_H

#include "mkimage/pkg/apt.h"
#include "mkimage/pkg/pkg_impl.h"

struct musl {
	struct strings cc;  /* the compiler and what it needs to find musl */
	const char *prefix; /* of its tools' names: "", or "aarch64-linux-gnu-" */
	const char *root;   /* where musl is unpacked */
	const char *gcc_version;
	const char *crt;       /* the folder of crt1.o and libc.a */
	struct apt_files debs; /* musl-dev, linux-libc-dev */
};

/* suite of Debian; dir: an absolute folder that outlives the use. */
CHECK int musl_open(
	struct pkg_build *b, const char *suite, const char *dir, struct musl *out, struct diags *d);
/* All words of cc as one, for make. */
const char *musl_cc(struct arena *a, const struct musl *m);

#endif
