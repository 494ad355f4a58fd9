/* The last bytes of files, which fill no block, in blocks that they share; equal ones once. */
#include "mkimage/fs/fs_squashfs_impl.h"

#include <errno.h>
#include <string.h>

/* A tail that is in a block already. */
struct tail {
	uint64_t sum;
	const struct content *content; /* its last bytes; NULL: a free place of the table */
	uint32_t block, offset;
};

struct squash_tails {
	struct tail *table; /* open addressing; never full */
	size_t used, cap;
	uint32_t block, len;  /* the block that is being filled, and how far */
	struct hasher *names; /* the block's, from its tails' */
	uint8_t bytes[SQUASH_BLOCK], spare[SQUASH_BLOCK], other[SQUASH_BLOCK];
};

struct squash_tails *squash_tails_new(struct arena *a)
{
	struct squash_tails *t = ARENA_NEW(a, struct squash_tails);
	t->names = hasher_new(DIGEST_SHA256);
	return t;
}

void squash_tails_free(struct squash_tails *t)
{
	if (t)
		hasher_drop(&t->names);
}

int squash_put_tails(struct squash *s)
{
	struct squash_tails *t = s->tails;
	struct squash_block *b;
	if (!t->len)
		return 0;
	if (squash_room(s, &b) < 0 ||
		squash_check(s, sqfs_frag_table_append(s->fragments, 0, 0, NULL),
			"writing contents") < 0)
		return -1;
	b->len = t->len;
	b->index = t->block;
	b->filled = true;
	b->name = block_name_take(t->names);
	memcpy(b->plain, t->bytes, t->len);
	squash_pool_put(s->pool);
	t->block++;
	t->len = 0;
	return 0;
}

static void grow(struct squash *s, struct squash_tails *t)
{
	struct tail *old = t->table;
	size_t cap = t->cap;
	t->cap = cap ? 2 * cap : 1024;
	t->table = arena_array(s->mem, t->cap, sizeof(*t->table));
	for (size_t i = 0; i < cap; i++) {
		size_t at = (size_t)old[i].sum & (t->cap - 1);
		while (old[i].content && t->table[at].content)
			at = (at + 1) & (t->cap - 1);
		if (old[i].content)
			t->table[at] = old[i];
	}
}

static bool same_tail(
	struct squash_tails *t, const struct content *c, const uint8_t *bytes, uint32_t len)
{
	return squash_tail_len(c) == len &&
	       content_read(c, c->size - len, t->other, len) == (ssize_t)len &&
	       memcmp(bytes, t->other, len) == 0;
}

/* The one with these bytes, or where it would be. */
static struct tail *find_tail(struct squash *s, uint64_t sum, const uint8_t *bytes, uint32_t len)
{
	struct squash_tails *t = s->tails;
	if (2 * (t->used + 1) > t->cap)
		grow(s, t);
	size_t at = (size_t)sum & (t->cap - 1);
	while (t->table[at].content &&
		(t->table[at].sum != sum || !same_tail(t, t->table[at].content, bytes, len)))
		at = (at + 1) & (t->cap - 1);
	return &t->table[at];
}

/* To the end of the block, where it may be already. */
static int append(struct squash *s, const struct content *c, const uint8_t *bytes, uint32_t len)
{
	struct squash_tails *t = s->tails;
	if (t->len + len > SQUASH_BLOCK && squash_put_tails(s) < 0)
		return -1;
	if (!t->len)
		block_name_begin(t->names, s->packer.how);
	if (s->packer.blocks && squash_has_place(c))
		block_name_add_place(t->names, c->source, c->offset + c->size - len, len);
	else if (s->packer.blocks)
		block_name_add_bytes(t->names, bytes, len);
	if (bytes != t->bytes + t->len)
		memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	return 0;
}

int squash_put_tail(struct squash *s, struct squash_inode *r)
{
	struct squash_tails *t = s->tails;
	const struct content *c = &r->inode->content;
	uint32_t len = squash_tail_len(c);
	uint8_t *bytes = t->len + len > SQUASH_BLOCK ? t->spare : t->bytes + t->len;
	ssize_t n = content_read(c, c->size - len, bytes, len);
	if (n != (ssize_t)len)
		return squash_unreadable(s, r, n < 0 ? errno : EIO);
	if (squash_zeros(bytes, len)) {
		uint32_t index = r->data->payload_bytes_used / sizeof(sqfs_u32);
		r->data->payload_bytes_used += sizeof(sqfs_u32);
		return squash_put_zeros(s, r, index, len);
	}
	uint64_t sum = blocks_sum(bytes, len);
	struct tail *one = find_tail(s, sum, bytes, len);
	if (!one->content) {
		if (append(s, c, bytes, len) < 0)
			return -1;
		*one = (struct tail){ sum, c, t->block, t->len - len };
		t->used++;
	}
	return squash_check(s, sqfs_inode_set_frag_location(r->data, one->block, one->offset),
		"writing contents");
}
