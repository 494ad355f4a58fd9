/*
 * Signatures of images as cosign makes them with a key of the user's own (sigstore/cosign,
 * specs/SIGNATURE_SPEC.md): a manifest under the tag sha256-HEX.sig of the image's repository,
 * whose layers are "simple signing" payloads, each with its signature in an annotation. Everything
 * about it is hostile: nothing of a payload is read before its signature holds.
 */
#ifndef SIGNATURE_SIGNATURE_H
#define SIGNATURE_SIGNATURE_H

#include "mkimage/store/store.h"

/* A public key: ECDSA on P-256 or Ed25519. */
struct signature_key;

/* PEM (RFC 7468), at most 16 KB. *file: the digest of the text. KIND_INPUT when it is no such key.
 */
CHECK int signature_key_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct signature_key **out, struct digest *file, struct diags *d);
void signature_key_drop(struct signature_key **k);
#define AUTO_SIGNATURE_KEY __attribute__((cleanup(signature_key_drop))) struct signature_key *

/* Whether signature (base64) is the key's over the payload. */
bool signature_holds(
	const struct signature_key *k, const char *signature, const void *payload, size_t len);
/* Whether a payload whose signature holds is about that digest. */
bool signature_is_about(struct arena *a, const char *payload, size_t len, const struct digest *g);

/* "docker.io/library/nginx:sha256-HEX.sig" of "docker.io/library/nginx:1.27". */
const char *signature_name(struct arena *a, const char *ref, const struct digest *g);

enum signature_result { SIGNATURE_NONE, SIGNATURE_OTHERS, SIGNATURE_GOOD };
/* What the store has under that name; OTHERS: signatures, and none of them is the key's. */
CHECK int signature_find(struct store *s, struct arena *a, const char *name, const struct digest *g,
	const struct signature_key *k, enum signature_result *out, struct diags *d);

#endif
