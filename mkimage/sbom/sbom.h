/*
 * Bills of materials as SPDX 2.3 documents in JSON (spdx.github.io/spdx-spec/v2.3). Identifiers
 * come from what they name, so that documents of images that share a Debian package can be joined
 * by identifier alone. A document is the same bytes for the same content: elements sorted, the time
 * from the caller, the namespace a digest of the rest.
 */
#ifndef SBOM_SBOM_H
#define SBOM_SBOM_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/digest.h"

#include <stdint.h>

/* The media type of a document, and the artifactType of the manifest that refers to an image. */
#define SBOM_TYPE "application/spdx+json"
/* Where an image of a machine has its document; docs/recipes.md. */
#define SBOM_PATH "usr/share/sbom/os.spdx.json"
enum { SBOM_MAX = 32 << 20 };

struct sbom_package {
	const char *id, *name;
	/* NULL: not said. */
	const char *version, *supplier, *originator, *source_info, *licence, *purl, *purpose;
	const char *sha256;	  /* hex, of what was unpacked or compiled; or NULL */
	const char *verification; /* of a package with files: SPDX's package verification code */
};

struct sbom_file {
	const char *id, *name;	   /* name "./etc/x", as SPDX wants it */
	const char *sha1, *sha256; /* sha256: NULL in some documents of others */
};

struct sbom_relation {
	const char *from, *type, *to;
};

/* A licence without an SPDX identifier. */
struct sbom_licence {
	const char *id, *name, *text;
};

struct sbom {
	struct arena *mem;
	struct {
		struct sbom_package *items;
		size_t len, cap;
	} packages;
	struct {
		struct sbom_file *items;
		size_t len, cap;
	} files;
	struct {
		struct sbom_relation *items;
		size_t len, cap;
	} relations;
	struct {
		struct sbom_licence *items;
		size_t len, cap;
	} licences;
};

struct sbom *sbom_new(struct arena *a);
/* Elements that both know; what is added to one is not in the other. */
struct sbom *sbom_copy(const struct sbom *s);
/* "SPDXRef-KIND-NAME-<16 digits of sha256>": letters, digits, "." and "-" alone. */
const char *sbom_id(struct arena *a, const char *kind, const char *name, const char *sha256);
void sbom_relate(struct sbom *s, const char *from, const char *type, const char *to);
/* A file of bytes; returns it, to be related. */
const struct sbom_file *sbom_file_add(
	struct sbom *s, const char *path, const void *bytes, size_t len);
/* The package verification code (7.9) of all files that a package contains. */
const char *sbom_verification(struct sbom *s, const char *package);

/* The document that describes the element root. Elements that are there twice are written once. */
const char *sbom_write(
	struct sbom *s, const char *name, const char *root, int64_t epoch, size_t *len);
/*
 * Adds a document's elements, and gives what it describes: one element when it is our own. Those of
 * others get identifiers that start with the document's digest, since theirs may mean something
 * else in the next document. Documents are hostile: what is not understood is KIND_INPUT, and
 * nothing of it is added.
 */
struct sbom_document {
	bool own;
	struct strings roots;
};
CHECK int sbom_read(struct sbom *s, const char *what, const char *text, size_t len,
	struct sbom_document *out, struct diags *d);

#endif
