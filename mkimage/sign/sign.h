/*
 * Signatures by the user's key: CMS (RFC 5652) beside files, Authenticode (Microsoft, "Windows
 * Authenticode Portable Executable Signature Format") in UKIs, and what UEFI's variables want (UEFI
 * specification 2.10, 8.2.2). RSA with PKCS#1 v1.5 padding and SHA-256, no time in it: the same key
 * gives the same bytes.
 */
#ifndef SIGN_SIGN_H
#define SIGN_SIGN_H

#include "base/digest.h"
#include "mkimage/out/out.h"

struct bytes {
	const uint8_t *at;
	size_t len;
};

struct signatures { /* RSA's alone */
	struct bytes *items;
	size_t len, cap;
};

struct signer; /* a certificate, and how to reach its private key */

/* One of the two: a file (PEM, no passphrase) or "pkcs11:..." (RFC 7512); or a program that gets
 * the SHA-256 as 64 hex digits on stdin and prints the signature in base64. */
struct sign_key {
	const char *file;
	struct strings command;
};

/* certificate: a file, X.509 in PEM. */
CHECK int signer_new(
	struct arena *a, const char *certificate, struct signer **out, struct diags *d);
/* The key is used once, to see whether it belongs to the certificate. */
CHECK int signer_use(struct arena *a, struct signer *s, const struct sign_key *k, struct diags *d);
/* Signatures that were made before: one of them that holds is given again; zeros where none does,
 * so that what is built with them can be compared with what they are from. */
void signer_know(struct signer *s, const struct signatures *known);
void signer_drop(struct signer **s);
#define AUTO_SIGNER __attribute__((cleanup(signer_drop))) struct signer *

/* The certificate in DER; borrowed. */
void signer_certificate(const struct signer *s, const uint8_t **der, size_t *len);

/* A detached signature of content by its SHA-256: `openssl cms -verify -binary -inform DER`. */
CHECK int sign_detached(struct arena *a, const struct signer *s, const struct digest *content,
	struct bytes *out, struct diags *d);
/* What Linux wants behind a module (kernel/module/signing.c): the signature, its length, a mark. */
CHECK int sign_module(struct arena *a, const struct signer *s, const struct digest *content,
	struct bytes *out, struct diags *d);
/* As sign_detached, without signed attributes and without the outer ContentInfo, for UEFI's
 * variables. */
CHECK int sign_variable(struct arena *a, const struct signer *s, const struct digest *content,
	struct bytes *out, struct diags *d);

/* Where the bytes of a PE image come from; read gives fewer than len, or -1 with errno, when they
 * are not there. */
struct pe_source {
	ssize_t (*read)(const void *ctx, uint64_t at, void *buf, size_t len);
	const void *ctx;
	uint64_t size;
};
/* Authenticode's digest. */
CHECK int pe_digest(
	struct arena *a, const struct pe_source *from, struct digest *out, struct diags *d);
/* Who signed a PE image, by the certificate in the signature. */
struct pe_signature {
	const char *name;	   /* the certificate's subject */
	struct digest certificate; /* SHA-256 of it */
	struct bytes rsa;
	bool holds; /* it is of this image, and by that certificate */
};
struct pe_signatures {
	struct pe_signature *items;
	size_t len, cap;
};
/* What is no signature is left out; an image of another kind has none. */
CHECK int pe_signatures(
	struct arena *a, const struct pe_source *from, struct pe_signatures *out, struct diags *d);
/* Signs the image that begins at `start` and ends the output; the certificate table goes behind it.
 */
CHECK int sign_pe(struct arena *a, const struct signer *s, struct out *image, uint64_t start,
	struct diags *d);

#endif
