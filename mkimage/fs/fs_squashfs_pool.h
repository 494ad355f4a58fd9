/* Blocks that are compressed by all processors, and come out in the order in which they went in. */
#ifndef FS_FS_SQUASHFS_POOL_H
#define FS_FS_SQUASHFS_POOL_H

#include "mkimage/fs/blocks.h"
#include "mkimage/fs/fs_impl.h"

enum { SQUASH_BLOCK = 128 * 1024 };

struct squash_block {
	const struct content *content; /* of it from at; NULL: plain and name are there */
	uint64_t at;
	uint32_t len;
	bool filled; /* plain is there */
	struct block_name name;
	/* Whose it is: for who put it in. */
	struct squash_inode *file; /* NULL: a block of tails */
	uint32_t index;		   /* of the file's blocks, or of the blocks of tails */
	bool first, last;

	/* What became of it. */
	int sys; /* errno; 0: it is done */
	bool zeros;
	struct block_form form;
	bool done;
	uint8_t plain[SQUASH_BLOCK], packed[SQUASH_BLOCK];
};

struct squash_packer {
	struct blocks *blocks; /* or NULL */
	uint64_t how;	       /* names' */
	int level;
};

/* Each thread has its own. */
struct ZSTD_CCtx_s;
struct squash_tools {
	struct ZSTD_CCtx_s *zstd;
	struct hasher *names;
};
/* False: no memory. */
bool squash_tools_open(struct squash_tools *t);
void squash_tools_close(struct squash_tools *t);

void squash_pack(const struct squash_packer *p, struct squash_tools *t, struct squash_block *b);
/* Whether block_name_add_place() can name its bytes. */
bool squash_has_place(const struct content *c);
bool squash_zeros(const uint8_t *bytes, size_t len);

/* threads: beside the caller's, which works while it waits. NULL: no memory. */
struct squash_pool;
struct squash_pool *squash_pool_new(const struct squash_packer *p, unsigned threads);
void squash_pool_free(struct squash_pool *pool);
/* A block to fill in, its last fields zero; NULL: take one out first. */
struct squash_block *squash_pool_room(struct squash_pool *pool);
/* It is filled in. */
void squash_pool_put(struct squash_pool *pool);
/* The oldest, when it is done; NULL: there is none. It stays valid until squash_pool_drop. */
struct squash_block *squash_pool_take(struct squash_pool *pool);
void squash_pool_drop(struct squash_pool *pool);

#endif
