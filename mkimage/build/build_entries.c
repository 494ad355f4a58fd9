/* Entries that the builder itself makes, and moving entries from one tree over another. */
#include "mkimage/build/build_impl.h"

#include <errno.h>
#include <string.h>

static void mark(struct node *n, struct origin from)
{
	n->inode->ref = from.ref;
	n->inode->loc = from.loc;
}

int put_folder(struct build *b, struct tree *t, struct node *dir, const char *path, uint32_t mode,
	struct origin from, struct node **out, struct diags *d)
{
	struct node *n = tree_find(dir, path);
	bool there = n && n->inode->type == NODE_DIR;
	if (tree_dir(t, dir, path, mode, b->plan->epoch, &n, d) < 0)
		return -1;
	if (!there)
		mark(n, from);
	if (out)
		*out = n;
	return 0;
}

int put_file(struct build *b, struct tree *t, struct node *dir, const char *path, const char *text,
	size_t len, uint32_t mode, struct origin from, struct diags *d)
{
	struct node *n;
	if (tree_file(t, dir, path, text, len, mode, b->plan->epoch, &n, d) < 0)
		return -1;
	mark(n, from);
	return 0;
}

int put_symlink(struct build *b, struct tree *t, struct node *dir, const char *path,
	const char *target, struct origin from, struct diags *d)
{
	if (tree_symlink(t, dir, path, target, b->plan->epoch, d) < 0)
		return -1;
	mark(tree_find(dir, path), from);
	return 0;
}

struct inode *inode_copy(struct arena *a, const struct inode *i)
{
	struct inode *copy = ARENA_NEW(a, struct inode);
	*copy = *i;
	copy->links = 0;
	copy->serial = 0;
	return copy;
}

int content_text(struct arena *a, const struct content *c, const char *what, size_t max,
	const char **text, size_t *len, struct diags *d)
{
	if (c->size > max)
		return fail(d, KIND_INPUT, NULL, "%s is larger than %zu bytes", what, max);
	char *buf = arena_alloc(a, (size_t)c->size + 1);
	if (content_read(c, 0, buf, (size_t)c->size) < 0)
		return fail_sys(d, errno, "cannot read %s", what);
	*text = buf;
	*len = (size_t)c->size;
	return 0;
}

struct merge {
	struct build *b;
	struct tree *to;
	struct pos at;
	struct diags *d;
};

static int merge_one(void *ctx, struct node *n, const char *path)
{
	struct merge *m = ctx;
	struct node *there = tree_find(m->to->root, path);
	bool over_folder = there && there->inode->type == NODE_DIR && there->len;
	if (n->inode->type == NODE_DIR)
		return tree_put(
			m->to, m->to->root, path, inode_copy(m->b->mem, n->inode), NULL, m->d);
	if (over_folder) {
		/* So does the kernel when it unpacks a cpio: a folder with files in it stays. */
		warn_at(m->d, m->at, NULL, "\"/%s\" is a folder of an earlier image, and stays one",
			path);
		return 0;
	}
	return tree_put(m->to, m->to->root, path, n->inode, NULL, m->d);
}

int tree_merge(struct build *b, struct tree *from, struct pos at, struct diags *d)
{
	struct merge m = { b, b->tree, at, d };
	struct inode *root = inode_copy(b->mem, from->root->inode);
	root->links = 1;
	b->tree->root->inode = root;
	if (tree_walk(from->root, merge_one, &m) != 0)
		return -1;
	tree_clear(from->root);
	return 0;
}
