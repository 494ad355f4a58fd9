/* The state of one squashfs being written, and its steps. */
#ifndef FS_FS_SQUASHFS_IMPL_H
#define FS_FS_SQUASHFS_IMPL_H

#include "mkimage/fs/fs_squashfs_pool.h"

#include <sqfs/block.h>
#include <sqfs/block_writer.h>
#include <sqfs/compressor.h>
#include <sqfs/dir_writer.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>
#include <sqfs/xattr_writer.h>

/* libsquashfs writes through this. base must be first: the library casts. */
struct squash_file {
	sqfs_file_t base;
	struct out *to;
	uint64_t start; /* where the file system begins in the output */
	struct diags *d;
	bool failed; /* an error is in d already */
};

/* What is known of an inode; inode->serial is its index + 1. */
struct squash_inode {
	struct inode *inode;
	const char *path;	    /* its first, for messages */
	sqfs_inode_generic_t *data; /* NODE_FILE: freed by us */
	size_t same_as; /* NODE_FILE: the record whose contents it has; itself if its own */
	uint32_t number;
	uint64_t ref; /* where it is in the inode table, once written */
	bool written;
};

struct squash_inodes {
	struct squash_inode *items;
	size_t len, cap;
};

struct squash {
	struct arena *mem;
	struct diags *d;
	const struct tree *tree;
	struct squash_file file;
	struct squash_inodes inodes;
	sqfs_super_t super;
	sqfs_compressor_t *cmp; /* of what is no file's content */
	struct squash_packer packer;
	struct squash_pool *pool;
	struct squash_tails *tails;
	sqfs_block_writer_t *blocks;
	sqfs_frag_table_t *fragments;
	sqfs_id_table_t *ids;
	sqfs_xattr_writer_t *xattrs;
	sqfs_meta_writer_t *inode_meta, *dir_meta;
	sqfs_dir_writer_t *dirs;
};

void squash_file_init(struct squash_file *f, struct out *to, struct diags *d);
/* 0 when rc is; else -1 with an error that says what failed. */
CHECK int squash_check(struct squash *s, int rc, const char *what);

/* Gives every inode a record and a number; the children of a folder are numbered in a row. */
CHECK int squash_number(struct squash *s);
/* Compresses and writes the contents of all files. */
CHECK int squash_data(struct squash *s);
/* One file's contents, on their way; all of them are written when squash_files_end returns. */
CHECK int squash_file(struct squash *s, struct squash_inode *r);
CHECK int squash_files_end(struct squash *s);
struct squash_tails *squash_tails_new(struct arena *a);
/* Accepts NULL. */
void squash_tails_free(struct squash_tails *t);
CHECK int squash_put_tail(struct squash *s, struct squash_inode *r);
/* Those that wait for others. */
CHECK int squash_put_tails(struct squash *s);
/* Room in the pool, when the oldest are written. */
CHECK int squash_room(struct squash *s, struct squash_block **out);
/* Writes all that are in the pool. */
CHECK int squash_drain(struct squash *s);
/* Block index of the file is a hole. */
CHECK int squash_put_zeros(struct squash *s, struct squash_inode *r, uint32_t index, uint32_t len);
int squash_unreadable(struct squash *s, const struct squash_inode *r, int sys);
/* Writes inodes and folders, leaves before their folders. */
CHECK int squash_inodes(struct squash *s);

static inline uint32_t squash_tail_len(const struct content *c)
{
	return (uint32_t)(c->size % SQUASH_BLOCK);
}

static inline struct squash_inode *squash_of(struct squash *s, const struct inode *i)
{
	return &s->inodes.items[i->serial - 1];
}

#endif
