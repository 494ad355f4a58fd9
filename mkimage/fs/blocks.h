/*
 * Blocks that earlier builds compressed, so that a rebuild compresses only what is new. A folder of
 * segments; each build adds one with what it found nowhere. The folder may grow to BLOCKS_BYTES_MAX
 * and BLOCKS_SEGMENTS_MAX; what was of no use for longest goes first. It may be removed at any
 * time, and be used by several builds at once.
 *
 * A name stands for a block's bytes as surely as 128 bits of SHA-256 do: it is made of them, or of
 * a layer's digest and the place in its pack. What is found by it is not unpacked and compared, but
 * has a sum that covers the packed bytes and all that is said of them: a segment that a crash or a
 * bad disk damaged costs time, and nothing else. Sums are no signatures: who may write here may
 * write the unpacked layers too. Nor does a build fail because its blocks cannot be read or kept.
 */
#ifndef FS_BLOCKS_H
#define FS_BLOCKS_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct blocks;

#define BLOCKS_BYTES_MAX ((uint64_t)2 << 30)
enum {
	BLOCKS_SEGMENTS_MAX = 64,
	BLOCKS_BLOCK_MAX = 1 << 20,
	BLOCKS_KNOWN_MAX = 1 << 17 /* in memory, 25 MB; more are not found, nor added */
};

struct blocks *blocks_open(const char *folder);
/* Keeps what was added. */
void blocks_close(struct blocks **b);
/* Accepts NULL. */
void blocks_drop(struct blocks **b);
#define AUTO_BLOCKS __attribute__((cleanup(blocks_drop))) struct blocks *

struct block_name {
	uint64_t v[2];
};
/* A name of pieces, one after the other, in a SHA-256 hasher that is used for nothing else
 * meanwhile. how: what else the packed bytes depend on: compressor, its version, level. */
void block_name_begin(struct hasher *h, uint64_t how);
void block_name_add_bytes(struct hasher *h, const void *bytes, size_t len);
/* source: what the bytes at that place are a part of, by a digest that no other bytes have. */
void block_name_add_place(
	struct hasher *h, const struct digest *source, uint64_t offset, size_t len);
struct block_name block_name_take(struct hasher *h);

/* What becomes of a block. */
struct block_form {
	uint32_t packed; /* bytes; 0: it gets no smaller, and is stored as it is */
	uint64_t sum;	 /* of what is stored: blocks_sum() */
};
uint64_t blocks_sum(const void *bytes, size_t len);

/*
 * The form of a block of len bytes; its packed bytes are put into packed, which has room for
 * len - 1. These two may be called by several threads at once.
 */
bool blocks_find(struct blocks *b, const struct block_name *name, size_t len, void *packed,
	struct block_form *out);
void blocks_add(struct blocks *b, const struct block_name *name, size_t len, const void *packed,
	const struct block_form *form);

/* Removes (dry: lists) all segments, and what builds that were killed left of some. */
struct blocks_segments {
	struct blocks_segment {
		struct digest name;
		uint64_t size;
	} * items;
	size_t len, cap;
};
CHECK int blocks_gc(struct arena *a, const char *folder, bool dry, struct blocks_segments *out,
	struct diags *d);

#endif
