/*
 * Compressed streams, read once from start to end: plain, gzip (RFC 1952, several members), zstd
 * (RFC 8878, several and skippable frames), told apart by their first bytes. Bombs are refused by
 * size and by ratio.
 */
#ifndef STORE_DECODE_H
#define STORE_DECODE_H

#include "base/diag.h"

#include <stddef.h>
#include <stdint.h>

enum encoding { ENCODING_PLAIN, ENCODING_GZIP, ENCODING_ZSTD };
const char *encoding_name(enum encoding e);

/* 64 GiB: above any layer that anybody ships, below what fills a build machine unseen. */
#ifndef DECODED_MAX /* a unit test has less time */
#define DECODED_MAX (UINT64_C(64) << 30)
#endif

struct decoder;

/* fd's len bytes from offset on; fd and what ("the layer sha256:…") are borrowed. Fails on other
 * encodings. */
CHECK int decoder_open(int fd, uint64_t offset, uint64_t len, const char *what,
	struct decoder **out, struct diags *d);
enum encoding decoder_encoding(const struct decoder *c);
/* The next bytes, borrowed until the next call; *len 0: the end, and nothing was wrong. */
CHECK int decoder_next(struct decoder *c, const void **bytes, size_t *len, struct diags *d);
/* Passes over up to len bytes of a plain stream without reading them; 0 for others. */
uint64_t decoder_skip(struct decoder *c, uint64_t len);
/* Accepts NULL. */
void decoder_close(struct decoder **c);
#define AUTO_DECODER __attribute__((cleanup(decoder_close))) struct decoder *

#endif
