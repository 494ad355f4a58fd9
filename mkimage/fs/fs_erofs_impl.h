/* A tree as EROFS (Linux fs/erofs/erofs_fs.h): blocks of 4 KiB, nothing compressed, what is left of
 * a file behind its last whole block beside its inode. */
#ifndef FS_FS_EROFS_IMPL_H
#define FS_FS_EROFS_IMPL_H

#include "mkimage/fs/fs_impl.h"

#include "base/arena.h"
#include "base/endian.h"

enum {
	EROFS_BLOCK = 4096,
	EROFS_SLOT = 32,  /* inodes are numbered by their place, in these */
	EROFS_INODE = 64, /* the extended kind: all of ours */
	EROFS_DIRENT = 12,
};

struct erofs_item {
	const struct node *node; /* one of the inode's names */
	uint64_t at;		 /* bytes from the start */
	uint64_t size;		 /* of its content */
	uint32_t xattrs;	 /* bytes of its attributes */
	uint32_t blocks, first;	 /* whole ones of its content, elsewhere */
	bool tail;		 /* the rest is beside the inode */
};

struct erofs {
	struct arena *mem;
	const struct fs_options *o;
	struct out *to;
	struct diags *d;
	struct {
		struct erofs_item *items;
		size_t len, cap;
	} items;      /* by inode->serial, from 1; the root is the first */
	uint64_t end; /* of what has a place */
};

static inline uint64_t erofs_number(const struct erofs *e, const struct inode *i)
{
	return e->items.items[i->serial - 1].at / EROFS_SLOT;
}

/* A folder's content; its blocks are sorted among them, and each is complete. */
uint64_t erofs_dir_size(const struct node *dir);
void erofs_dir_fill(const struct erofs *e, const struct node *dir, uint8_t *to);

/* Bytes of an inode's attributes as they stand behind it; 0 when there are none. */
CHECK int erofs_xattrs_size(struct erofs *e, const struct node *n, uint32_t *size, struct diags *d);
void erofs_xattrs_fill(const struct inode *i, uint8_t *to);

#endif
