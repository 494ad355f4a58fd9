#include "mkimage/fs/fs_erofs_impl.h"

#include <errno.h>
#include <string.h>

enum {
	SUPER = 1024,
	SUPER_LEN = 128,
	COMPAT_MTIME = 2,
	EXTENDED = 1,  /* of an inode's format: its version */
	FLAT = 0 << 1, /* ... and where its content is */
	INLINE = 2 << 1,
	XATTR_HEADER = 12,
};

static uint64_t round_to(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

static uint64_t content_size(const struct node *n)
{
	const struct inode *i = n->inode;
	switch (i->type) {
	case NODE_DIR:
		return erofs_dir_size(n);
	case NODE_FILE:
		return i->content.size;
	case NODE_SYMLINK:
		return strlen(i->target);
	case NODE_CHAR:
	case NODE_BLOCK:
	case NODE_FIFO:
		break;
	}
	return 0;
}

/* Inode, attributes and rest of the content lie in one block. */
static int add(struct erofs *e, struct node *n)
{
	struct erofs_item item = { .node = n, .size = content_size(n) };
	if (erofs_xattrs_size(e, n, &item.xattrs, e->d) < 0)
		return -1;
	uint64_t head = EROFS_INODE + item.xattrs, rest = item.size % EROFS_BLOCK;
	item.tail = rest && round_to(head, 4) + rest <= EROFS_BLOCK;
	if (item.tail)
		head += rest;
	uint64_t blocks = item.size / EROFS_BLOCK + (rest && !item.tail);
	if (blocks > UINT32_MAX)
		return fail(e->d, KIND_INPUT, NULL, "\"%s\" is larger than an EROFS can be",
			tree_path(e->mem, n));
	item.blocks = (uint32_t)blocks;
	item.at = round_to(e->end, EROFS_SLOT);
	if (item.at % EROFS_BLOCK + head > EROFS_BLOCK)
		item.at = round_to(item.at, EROFS_BLOCK);
	e->end = item.at + head;
	vec_push(e->mem, &e->items, item);
	n->inode->serial = e->items.len;
	return 0;
}

static int add_node(void *ctx, struct node *n, const char *path)
{
	(void)path;
	return n->inode->serial ? 0 : add(ctx, n);
}

static int place(struct erofs *e)
{
	uint64_t at = round_to(e->end, EROFS_BLOCK) / EROFS_BLOCK;
	for (size_t i = 0; i < e->items.len; i++) {
		struct erofs_item *item = &e->items.items[i];
		item->first = (uint32_t)at;
		at += item->blocks;
		if (at > UINT32_MAX)
			return fail(e->d, KIND_INPUT, "use a format with a squashfs root",
				"the root is larger than an EROFS can be, 16 TiB");
	}
	e->end = at * EROFS_BLOCK;
	return 0;
}

static int put_super(struct erofs *e)
{
	uint8_t s[SUPER_LEN] = { 0 };
	put_le32(s, 0xE0F5E1E2);
	put_le32(s + 8, COMPAT_MTIME);
	s[12] = 12; /* blocks of 2^12 bytes */
	put_le16(s + 14, (uint16_t)(e->items.items[0].at / EROFS_SLOT));
	put_le64(s + 16, e->items.len);
	put_le64(s + 24, (uint64_t)e->o->epoch);
	put_le32(s + 36, (uint32_t)(e->end / EROFS_BLOCK));
	if (out_skip(e->to, SUPER, e->d) < 0)
		return -1;
	return out_write(e->to, s, sizeof(s), e->d);
}

static uint32_t links_of(const struct node *n)
{
	uint32_t links = 2;
	if (n->inode->type != NODE_DIR)
		return n->inode->links;
	for (size_t i = 0; i < n->len; i++)
		links += n->children[i]->inode->type == NODE_DIR;
	return links;
}

/* Linux's new_encode_dev */
static uint32_t device(const struct inode *i)
{
	return (i->minor & 0xff) | i->major << 8 | (i->minor & ~0xffU) << 12;
}

static void fill_inode(const struct erofs_item *item, uint32_t number, uint8_t *b)
{
	const struct inode *i = item->node->inode;
	bool is_device = i->type == NODE_CHAR || i->type == NODE_BLOCK;
	put_le16(b, EXTENDED | (item->tail ? INLINE : FLAT));
	if (item->xattrs)
		put_le16(b + 2, (uint16_t)((item->xattrs - XATTR_HEADER) / 4 + 1));
	put_le16(b + 4, (uint16_t)fs_mode(i));
	put_le64(b + 8, item->size);
	put_le32(b + 16, is_device ? device(i) : item->first);
	put_le32(b + 20, number);
	put_le32(b + 24, i->uid);
	put_le32(b + 28, i->gid);
	put_le64(b + 32, (uint64_t)i->mtime);
	put_le32(b + 44, links_of(item->node));
}

/* Part of what an inode holds. */
static int put_content(struct erofs *e, const struct erofs_item *item, uint64_t from, uint64_t len)
{
	const struct node *n = item->node;
	const struct inode *i = n->inode;
	if (i->type == NODE_FILE && !i->content.reader) {
		const struct content *c = &i->content;
		return c->bytes ? out_write(e->to, (const uint8_t *)c->bytes + from, (size_t)len,
					  e->d)
				: out_copy(e->to, c->fd, c->offset + from, len, e->d);
	}
	if (i->type == NODE_SYMLINK)
		return out_write(e->to, i->target + from, (size_t)len, e->d);
	AUTO_ARENA a = arena_new();
	uint8_t *b = arena_alloc(a, (size_t)round_to(item->size, EROFS_BLOCK));
	if (i->type == NODE_DIR)
		erofs_dir_fill(e, n, b);
	else if (content_read(&i->content, 0, b, (size_t)item->size) != (ssize_t)item->size)
		return fail_sys(e->d, EIO, "cannot read a file's content");
	return out_write(e->to, b + from, (size_t)len, e->d);
}

static int put_inode(struct erofs *e, size_t index)
{
	const struct erofs_item *item = &e->items.items[index];
	uint8_t b[EROFS_BLOCK] = { 0 };
	uint64_t whole = (uint64_t)item->blocks * EROFS_BLOCK;
	fill_inode(item, (uint32_t)index + 1, b);
	if (item->xattrs)
		erofs_xattrs_fill(item->node->inode, b + EROFS_INODE);
	if (out_skip(e->to, item->at - out_size(e->to), e->d) < 0 ||
		out_write(e->to, b, EROFS_INODE + item->xattrs, e->d) < 0)
		return -1;
	return item->tail ? put_content(e, item, whole, item->size - whole) : 0;
}

static int put_all(struct erofs *e)
{
	if (put_super(e) < 0)
		return -1;
	for (size_t i = 0; i < e->items.len; i++) {
		if (put_inode(e, i) < 0)
			return -1;
	}
	for (size_t i = 0; i < e->items.len; i++) {
		const struct erofs_item *item = &e->items.items[i];
		uint64_t len = (uint64_t)item->blocks * EROFS_BLOCK;
		if (len > item->size)
			len = item->size;
		if (out_align(e->to, EROFS_BLOCK, e->d) < 0 ||
			(len && put_content(e, item, 0, len) < 0))
			return -1;
	}
	return out_align(e->to, EROFS_BLOCK, e->d);
}

static int write_erofs(
	const struct tree *t, const struct fs_options *o, struct out *to, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct erofs e = { .mem = mem, .o = o, .to = to, .d = d, .end = SUPER + SUPER_LEN };
	size_t with_xattrs;
	if (out_size(to))
		return fail(
			d, KIND_BUG, NULL, "an EROFS starts in the middle of \"%s\"", out_path(to));
	if (fs_begin(t, &with_xattrs, d) < 0 || add(&e, t->root) < 0 ||
		tree_walk(t->root, add_node, &e) != 0 || place(&e) < 0)
		return -1;
	return put_all(&e);
}

const struct fs_writer fs_erofs = { "erofs", write_erofs };
