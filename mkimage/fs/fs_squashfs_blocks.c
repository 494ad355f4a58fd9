/* Files' contents as blocks; what is left of each is its tail. */
#include "mkimage/fs/fs_squashfs_impl.h"

#include <stdlib.h>
#include <string.h>

enum { AS_IT_IS = 1 << 24, NO_TAIL = (int)0xFFFFFFFF };

int squash_unreadable(struct squash *s, const struct squash_inode *r, int sys)
{
	return fail_sys(s->d, sys, "cannot read the contents of \"%s\"", r->path);
}

int squash_put_zeros(struct squash *s, struct squash_inode *r, uint32_t index, uint32_t len)
{
	r->data->extra[index] = 0;
	if (squash_check(s, sqfs_inode_make_extended(r->data), "writing contents") < 0)
		return -1;
	r->data->data.file_ext.sparse += len;
	return 0;
}

static uint32_t size_on_disk(const struct squash_block *b)
{
	return b->form.packed ? b->form.packed : b->len | AS_IT_IS;
}

/* The writer takes a file's blocks back when the last one shows that they are there already. */
static int write_block(struct squash *s, const struct squash_block *b)
{
	sqfs_u64 at;
	sqfs_u32 flags = 0, size = b->form.packed ? b->form.packed : b->len;
	if (b->sys)
		return b->file ? squash_unreadable(s, b->file, b->sys)
			       : squash_check(s, SQFS_ERROR_ALLOC, "compressing");
	flags |= b->first ? SQFS_BLK_FIRST_BLOCK : 0;
	flags |= b->last ? SQFS_BLK_LAST_BLOCK : 0;
	flags |= b->form.packed ? SQFS_BLK_IS_COMPRESSED : 0;
	if (b->zeros && squash_put_zeros(s, b->file, b->index, b->len) < 0)
		return -1;
	if (squash_check(s,
		    s->blocks->write_data_block(s->blocks, NULL, b->zeros ? 0 : size,
			    (sqfs_u32)b->form.sum, flags, b->form.packed ? b->packed : b->plain,
			    &at),
		    "writing contents") < 0)
		return -1;
	if (!b->file)
		return squash_check(s,
			sqfs_frag_table_set(s->fragments, b->index, at, size_on_disk(b)),
			"writing contents");
	if (!b->zeros)
		b->file->data->extra[b->index] = size_on_disk(b);
	return b->last ? squash_check(s, sqfs_inode_set_file_block_start(b->file->data, at),
				 "writing contents")
		       : 0;
}

static int take_one(struct squash *s)
{
	int rc = write_block(s, squash_pool_take(s->pool));
	squash_pool_drop(s->pool);
	return rc;
}

int squash_room(struct squash *s, struct squash_block **out)
{
	while (!(*out = squash_pool_room(s->pool)))
		if (take_one(s) < 0)
			return -1;
	return 0;
}

static int new_inode(struct squash *s, struct squash_inode *r, uint32_t blocks)
{
	/* A tail of zeros is a block. */
	size_t room = ((size_t)blocks + 1) * sizeof(sqfs_u32);
	r->data = calloc(1, sizeof(*r->data) + room);
	if (!r->data)
		return squash_check(s, SQFS_ERROR_ALLOC, "writing contents");
	r->data->base.type = SQFS_INODE_FILE;
	r->data->payload_bytes_available = (sqfs_u32)room;
	r->data->payload_bytes_used = blocks * (sqfs_u32)sizeof(sqfs_u32);
	if (squash_check(s, sqfs_inode_set_file_size(r->data, r->inode->content.size),
		    "writing contents") < 0)
		return -1;
	return squash_check(
		s, sqfs_inode_set_frag_location(r->data, (sqfs_u32)NO_TAIL, 0), "writing contents");
}

int squash_file(struct squash *s, struct squash_inode *r)
{
	const struct content *c = &r->inode->content;
	uint64_t blocks = c->size / SQUASH_BLOCK;
	struct squash_block *b;
	if (blocks > UINT32_MAX / sizeof(sqfs_u32) - 1)
		return squash_check(s, SQFS_ERROR_OVERFLOW, "writing contents");
	if (new_inode(s, r, (uint32_t)blocks) < 0)
		return -1;
	for (uint32_t i = 0; i < blocks; i++) {
		if (squash_room(s, &b) < 0)
			return -1;
		b->content = c;
		b->at = (uint64_t)i * SQUASH_BLOCK;
		b->len = SQUASH_BLOCK;
		b->file = r;
		b->index = i;
		b->first = i == 0;
		b->last = i + 1 == blocks;
		squash_pool_put(s->pool);
	}
	return squash_tail_len(c) ? squash_put_tail(s, r) : 0;
}

int squash_files_end(struct squash *s)
{
	if (squash_put_tails(s) < 0)
		return -1;
	while (squash_pool_take(s->pool))
		if (take_one(s) < 0)
			return -1;
	return 0;
}
