/* What the steps of a build note for the image's bill of materials, and how it is kept. */
#ifndef PKG_PKG_SBOM_H
#define PKG_PKG_SBOM_H

#include "mkimage/pkg/musl.h"
#include "mkimage/sbom/sbom.h"

/* A Debian package that files came from, or that was linked; copyright NULL: it has none. */
CHECK int bom_debian(struct pkg_build *b, const struct apt_file *f, const char *copyright,
	size_t len, const char **id, struct diags *d);
/*
 * A program that was compiled here on musl. licence and version NULL: the recipe's author knows.
 * source: the Debian source package, or NULL.
 */
CHECK int bom_compiled(struct pkg_build *b, const struct sbom_package *program, const void *bytes,
	size_t len, const struct musl *m, struct diags *d);
/* A program of ours, with the libraries that the file NAME.linked beside it says. */
CHECK int bom_program(struct pkg_build *b, const struct recipe_program *p, const void *bytes,
	size_t len, struct diags *d);
/* A file that the recipe itself puts. */
void bom_file(struct pkg_build *b, const char *path, const void *bytes, size_t len);

/* What the base's document says is part of this one. */
CHECK int bom_base(struct pkg_build *b, struct diags *d);
/* The whole document about an image's manifest. */
const char *bom_text(
	struct pkg_build *b, const char *ref, const struct descriptor *manifest, size_t *len);

#endif
