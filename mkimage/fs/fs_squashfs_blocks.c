/* Blocks on their way through the pool, and into the output as they come out. */
#include "mkimage/fs/fs_squashfs_impl.h"

enum { AS_IT_IS = 1 << 24 };

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

int squash_drain(struct squash *s)
{
	while (squash_pool_take(s->pool))
		if (take_one(s) < 0)
			return -1;
	return 0;
}
