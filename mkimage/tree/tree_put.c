#include "mkimage/tree/tree_impl.h"

#include <string.h>

struct tree *tree_new(struct arena *mem, int64_t mtime)
{
	struct tree *t = ARENA_NEW(mem, struct tree);
	t->mem = mem;
	t->root = ARENA_NEW(mem, struct node);
	t->root->name = "";
	t->root->inode = tree_inode(t, NODE_DIR, 0755, 0, 0, mtime);
	t->root->inode->links = 1;
	return t;
}

struct inode *tree_inode(struct tree *t, enum node_type type, uint32_t mode, uint32_t uid,
	uint32_t gid, int64_t mtime)
{
	struct inode *i = ARENA_NEW(t->mem, struct inode);
	*i = (struct inode){ .type = type,
		.mode = mode & 07777,
		.uid = uid,
		.gid = gid,
		.mtime = mtime,
		.content.fd = -1 };
	return i;
}

static struct node *insert(
	struct tree *t, struct node *dir, size_t at, struct path_part name, struct inode *inode)
{
	if (dir->len == dir->cap) {
		size_t cap = dir->cap ? dir->cap * 2 : 4;
		dir->children = arena_grow(t->mem, dir->children, dir->len * sizeof(*dir->children),
			cap * sizeof(*dir->children));
		dir->cap = cap;
	}
	struct node *n = ARENA_NEW(t->mem, struct node);
	n->name = arena_strn(t->mem, name.name, name.len);
	n->inode = inode;
	n->parent = dir;
	inode->links++;
	memmove(dir->children + at + 1, dir->children + at,
		(dir->len - at) * sizeof(*dir->children));
	dir->children[at] = n;
	dir->len++;
	return n;
}

/* Says that the nodes below dir are gone; depth is bounded by DEPTH_LIMIT. */
static void unlink_below(struct node *dir)
{
	for (size_t i = 0; i < dir->len; i++) {
		struct node *n = dir->children[i];
		unlink_below(n);
		n->inode->links--;
		n->parent = NULL;
	}
	dir->len = 0;
}

static void replace(struct node *n, struct inode *inode)
{
	inode->links++;
	if (inode->type != NODE_DIR)
		unlink_below(n);
	n->inode->links--;
	n->inode = inode;
}

static int bad_path(const char *path, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, NULL, "the path \"%s\" %s", path, why);
}

/* What path needs of the limits, before anything changes. */
static int check_path(const struct node *dir, const char *path, size_t *parts, struct diags *d)
{
	size_t depth = 0, len = 0;
	for (const struct node *n = dir; n->parent; n = n->parent) {
		depth++;
		len += strlen(n->name) + 1;
	}
	*parts = 0;
	const char *rest = path;
	for (struct path_part p = path_next(&rest); p.len; p = path_next(&rest)) {
		if (path_part_is_up(p))
			return bad_path(path, "contains \"..\"", d);
		if (p.len > NAME_LIMIT)
			return bad_path(path, "has a part of more than 255 bytes", d);
		len += p.len + 1;
		(*parts)++;
	}
	if (len > PATH_LIMIT)
		return bad_path(path, "is longer than 4095 bytes", d);
	if (depth + *parts > DEPTH_LIMIT)
		return bad_path(path, "is deeper than 256 folders", d);
	return 0;
}

/*
 * Goes down to the last part, making folders on the way. *parent is NULL when path names dir
 * itself.
 */
static int go_down(struct tree *t, struct node *dir, const char *path, int64_t mtime,
	struct node **parent, struct path_part *last, struct diags *d)
{
	size_t parts;
	if (check_path(dir, path, &parts, d) < 0)
		return -1;
	*parent = NULL;
	const char *rest = path;
	struct node *n = dir;
	for (size_t i = 0; i < parts; i++) {
		*last = path_next(&rest);
		if (n->inode->type != NODE_DIR)
			return fail(d, KIND_INPUT, "move one of the two",
				"the path \"%s\" passes through \"%s\", which is no folder", path,
				tree_path(d->mem, n));
		*parent = n;
		if (i + 1 == parts)
			break;
		bool found;
		size_t at = tree_index(n, last->name, last->len, &found);
		n = found ? n->children[at]
			  : insert(t, n, at, *last, tree_inode(t, NODE_DIR, 0755, 0, 0, mtime));
	}
	return 0;
}

int tree_put(struct tree *t, struct node *dir, const char *path, struct inode *inode,
	struct node **out, struct diags *d)
{
	struct node *parent;
	struct path_part last;
	if (inode->type == NODE_DIR && inode->links)
		return fail(d, KIND_BUG, NULL, "the folder \"%s\" has two places", path);
	if (go_down(t, dir, path, inode->mtime, &parent, &last, d) < 0)
		return -1;
	if (!parent)
		return bad_path(path, "names no entry", d);
	bool found;
	size_t at = tree_index(parent, last.name, last.len, &found);
	struct node *n;
	if (found) {
		n = parent->children[at];
		replace(n, inode);
	} else {
		n = insert(t, parent, at, last, inode);
	}
	if (out)
		*out = n;
	return 0;
}

int tree_dir(struct tree *t, struct node *dir, const char *path, uint32_t mode, int64_t mtime,
	struct node **out, struct diags *d)
{
	struct node *n = tree_find(dir, path);
	if (n && n->inode->type == NODE_DIR) {
		if (out)
			*out = n;
		return 0;
	}
	return tree_put(t, dir, path, tree_inode(t, NODE_DIR, mode, 0, 0, mtime), out, d);
}

int tree_link(
	struct tree *t, struct node *dir, const char *path, struct node *existing, struct diags *d)
{
	if (existing->inode->type == NODE_DIR)
		return fail(d, KIND_INPUT, NULL, "the hard link \"%s\" points to the folder \"%s\"",
			path, tree_path(d->mem, existing));
	return tree_put(t, dir, path, existing->inode, NULL, d);
}

void tree_remove(struct node *n)
{
	struct node *dir = n->parent;
	if (!dir)
		return;
	bool found;
	size_t at = tree_index(dir, n->name, strlen(n->name), &found);
	memmove(dir->children + at, dir->children + at + 1,
		(dir->len - at - 1) * sizeof(*dir->children));
	dir->len--;
	unlink_below(n);
	n->inode->links--;
	n->parent = NULL;
}

void tree_clear(struct node *dir)
{
	unlink_below(dir);
}
