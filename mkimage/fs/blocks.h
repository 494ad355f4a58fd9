/*
 * Blocks that earlier builds compressed, so that a rebuild compresses only what is new. A folder of
 * segments; each build adds one with what it found nowhere. The folder may grow to BLOCKS_BYTES_MAX
 * and BLOCKS_SEGMENTS_MAX; what was of no use for longest goes first. It may be removed at any
 * time, and be used by several builds at once.
 *
 * Nothing in it is trusted. A hash finds a candidate; who asks must unpack it and compare: a
 * segment that a crash, a bad disk or another program damaged costs time, and nothing else. Nor
 * does a build fail because its blocks cannot be read or kept.
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
enum { BLOCKS_SEGMENTS_MAX = 64, BLOCKS_BLOCK_MAX = 1 << 20 };

struct blocks *blocks_open(const char *folder);
/* Keeps what was added. */
void blocks_close(struct blocks **b);
/* Accepts NULL. */
void blocks_drop(struct blocks **b);
#define AUTO_BLOCKS __attribute__((cleanup(blocks_drop))) struct blocks *

/* The block's name. how: what else the packed bytes depend on: compressor, its version, level. */
uint64_t blocks_hash(uint64_t how, const void *block, size_t len);
/*
 * What may be the packed form of a block of len bytes with that hash, and its length; 0: nothing.
 * These two may be called by several threads at once.
 */
size_t blocks_find(struct blocks *b, uint64_t hash, size_t len, void *packed, size_t room);
void blocks_add(struct blocks *b, uint64_t hash, size_t len, const void *packed, size_t packed_len);

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
