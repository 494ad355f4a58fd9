/* Files' contents as blocks; what is left of each is its tail. */
#include "mkimage/fs/fs_squashfs_impl.h"

#include <stdlib.h>

enum { NO_TAIL = (int)0xFFFFFFFF };

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
	return squash_put_tails(s) < 0 ? -1 : squash_drain(s);
}
