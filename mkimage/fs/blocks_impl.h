/*
 * A segment, integers little-endian: packed blocks end to end; for each an entry of name (two u64),
 * offset (u64), bytes packed (u32), bytes (u32), sum of what is stored (u64), sum of the entry so
 * far (u64); then "SLBLOCK2" and the number of entries (u64). Its name is in the form of a SHA-256.
 */
#ifndef FS_BLOCKS_IMPL_H
#define FS_BLOCKS_IMPL_H

#include "mkimage/fs/blocks.h"
#include "mkimage/out/out.h"

#include <pthread.h>
#include <time.h>

enum {
	BLOCKS_ENTRY = 48,
	BLOCKS_END = 16,
	BLOCKS_TABLE = 1024,
	BLOCKS_NAME_SIZE = DIGEST_SHA256_HEX + 1
};

struct segment {
	const char *name;
	uint64_t size;
	struct timespec used; /* last */
	int fd;
	bool hit;
};

/* The newest use first. */
struct segment_list {
	struct segment *items;
	size_t len, cap;
};
/* -1 with errno. Descriptors are not opened. */
int segments_list(struct arena *a, const char *folder, struct segment_list *out);

struct block {
	struct block_name name;
	struct block_form form;
	uint64_t offset;
	uint32_t len;	  /* 0: a free place of the table */
	uint32_t segment; /* or BLOCKS_NEW */
};
#define BLOCKS_NEW UINT32_MAX

struct blocks {
	struct arena *mem;
	const char *folder;
	struct segment_list segments;
	pthread_mutex_t lock; /* of what follows */
	struct block *table;  /* open addressing; never full */
	size_t used, cap;
	struct out *fresh; /* NULL: nothing was added, or nothing more can be */
	bool full;
	struct diags quiet; /* what went wrong here is no one's concern */
};

/* Of the blocks with that name and length, the one that came first; or where it would be. */
struct block *blocks_slot(struct blocks *b, const struct block_name *name, size_t len);
void blocks_put(struct blocks *b, const struct block *one);

#endif
