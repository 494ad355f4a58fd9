#include "mkimage/fs/fs_squashfs_impl.h"

#include "base/fd.h"

#include <stdlib.h>
#include <string.h>

static int number_inode(struct squash *s, struct inode *i, const char *folder, const char *name)
{
	if (i->serial)
		return 0;
	const char *path = arena_fmt(s->mem, "%s%s%s", folder, *folder ? "/" : "", name);
	if (i->mtime < 0 || i->mtime > UINT32_MAX)
		return fail(s->d, KIND_INPUT, NULL,
			"the time of \"%s\" is not between 1970 and 2106, which is all that "
			"squashfs can hold",
			path);
	size_t at = s->inodes.len;
	struct squash_inode r = {
		.inode = i, .path = path, .same_as = at, .number = (uint32_t)at + 1
	};
	vec_push(s->mem, &s->inodes, r);
	i->serial = at + 1;
	return 0;
}

static int number_children(void *ctx, struct node *n, const char *path)
{
	struct squash *s = ctx;
	for (size_t i = 0; i < n->len; i++) {
		if (number_inode(s, n->children[i]->inode, path, n->children[i]->name) < 0)
			return -1;
	}
	return 0;
}

int squash_number(struct squash *s)
{
	if (number_inode(s, s->tree->root->inode, "", "") < 0 ||
		number_children(s, s->tree->root, "") < 0)
		return -1;
	return tree_walk(s->tree->root, number_children, s);
}

struct known {
	const struct content *content;
	size_t record;
};

static int by_digest(const void *left, const void *right)
{
	const struct known *a = left, *b = right;
	int c = memcmp(a->content->digest.bytes, b->content->digest.bytes,
		sizeof(a->content->digest.bytes));
	if (c)
		return c;
	return a->record < b->record ? -1 : a->record > b->record;
}

/*
 * Files with one digest are one file: read and compressed once. (libsquashfs finds the rest by
 * itself, after the work.)
 */
static void find_same(struct squash *s)
{
	struct known *known = arena_array(s->mem, s->inodes.len, sizeof(*known));
	size_t len = 0;
	for (size_t i = 0; i < s->inodes.len; i++) {
		const struct inode *in = s->inodes.items[i].inode;
		if (in->type == NODE_FILE && in->content.has_digest)
			known[len++] = (struct known){ &in->content, i };
	}
	if (len)
		qsort(known, len, sizeof(*known), by_digest);
	for (size_t i = 1; i < len; i++) {
		const struct known *a = &known[i - 1], *b = &known[i];
		if (a->content->size == b->content->size &&
			memcmp(a->content->digest.bytes, b->content->digest.bytes,
				sizeof(a->content->digest.bytes)) == 0)
			s->inodes.items[b->record].same_as = s->inodes.items[a->record].same_as;
	}
}

/* A copy of the block list of the record that has the same contents. */
static int share(struct squash *s, struct squash_inode *r)
{
	const sqfs_inode_generic_t *from = s->inodes.items[r->same_as].data;
	size_t size = sizeof(*from) + from->payload_bytes_used;
	r->data = malloc(size);
	if (!r->data)
		return squash_check(s, SQFS_ERROR_ALLOC, "sharing contents");
	memcpy(r->data, from, size);
	r->data->payload_bytes_available = from->payload_bytes_used;
	return 0;
}

int squash_data(struct squash *s)
{
	find_same(s);
	for (size_t i = 0; i < s->inodes.len; i++) {
		struct squash_inode *r = &s->inodes.items[i];
		if (r->inode->type == NODE_FILE && r->same_as == i && squash_file(s, r) < 0)
			return -1;
	}
	if (squash_files_end(s) < 0)
		return -1;
	for (size_t i = 0; i < s->inodes.len; i++) {
		struct squash_inode *r = &s->inodes.items[i];
		if (r->inode->type == NODE_FILE && r->same_as != i && share(s, r) < 0)
			return -1;
	}
	return 0;
}
