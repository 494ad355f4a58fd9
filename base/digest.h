/* SHA-256 and SHA-512 digests as OCI writes them: "sha256:<hex>" (image-spec, descriptor.md). */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest_alg { DIGEST_SHA256, DIGEST_SHA512 };

struct digest {
	enum digest_alg alg;
	uint8_t bytes[64]; /* 32 used by SHA-256, the rest zero */
};

enum { DIGEST_TEXT_SIZE = 7 + 128 + 1, DIGEST_SHA256_HEX = 64 };

/* 0, or -1 when text is no digest of a known algorithm in lower-case hex. */
CHECK int digest_parse(const char *text, struct digest *out);
/* "sha256:..." */
const char *digest_text(const struct digest *g, char out[DIGEST_TEXT_SIZE]);
/* The hex digits alone, inside the buffer that digest_text filled. */
const char *digest_hex(const struct digest *g, char out[DIGEST_TEXT_SIZE]);
const char *digest_alg_name(enum digest_alg alg);
bool digest_equal(const struct digest *a, const struct digest *b);

/* Incremental hashing. */
struct hasher;
struct hasher *hasher_new(enum digest_alg alg);
void hasher_add(struct hasher *h, const void *bytes, size_t len);
/* Writes the digest and resets h for the next one. */
void hasher_take(struct hasher *h, struct digest *out);
void hasher_free(struct hasher *h);
static inline void hasher_drop(struct hasher **h)
{
	hasher_free(*h);
	*h = NULL;
}
#define AUTO_HASHER __attribute__((cleanup(hasher_drop))) struct hasher *

void digest_of(enum digest_alg alg, const void *bytes, size_t len, struct digest *out);
/* A name-based UUID (RFC 9562 version 8) from a digest, as lower-case text. */
enum { UUID_TEXT_SIZE = 37 };
void digest_uuid(const struct digest *g, char out[UUID_TEXT_SIZE]);

#endif
