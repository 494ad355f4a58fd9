/*
 * Licences of a Debian package: its copyright file (debian/copyright, "Machine-readable",
 * format 1.0) as an SPDX licence expression (SPDX 2.3, annex D). Names that SPDX does not know
 * become LicenseRef-…, each listed once.
 */
#ifndef SBOM_LICENCE_H
#define SBOM_LICENCE_H

#include "mkimage/sbom/sbom.h"

/*
 * NULL: the file is not machine-readable, or names no licence. Any bytes are fine; time and memory
 * are bounded by the file's length.
 */
const char *licence_expression(struct sbom *s, const char *text, size_t len);
/* As above; when the file is not machine-readable, a LicenseRef of the package's own. */
const char *licence_of_package(struct sbom *s, const char *package, const char *text, size_t len);
/* One synopsis, "GPL-2+ or Artistic, and BSD-3-clause"; NULL: it is none. */
const char *licence_synopsis(struct sbom *s, const char *text, size_t len);

/* Steps. An SPDX name for one of Debian's, or NULL. */
const char *licence_known(struct arena *a, const char *name);
const char *licence_exception(const char *words);

#endif
