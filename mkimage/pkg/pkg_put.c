/* Entries of the package's own layer. */
#include "mkimage/pkg/pkg_impl.h"

#include <string.h>

/* The first folder of path that is something else in a lower tree, or NULL. */
static const char *blocked(struct arena *a, const struct tree *t, const char *path)
{
	const struct node *n = t->root;
	const char *p = path;
	for (;;) {
		while (*p == '/')
			p++;
		size_t len = strcspn(p, "/");
		if (!p[len])
			return NULL;
		n = tree_child(n, p, len);
		if (!n)
			return NULL;
		if (n->inode->type != NODE_DIR)
			return arena_strn(a, path, (size_t)(p + len - path));
		p += len + 1;
	}
}

/* Without ref: where things come from is said by a label, not entry by entry. */
struct inode *pkg_copy_inode(struct pkg_build *b, const struct inode *i)
{
	struct inode *c = tree_inode(b->tree, i->type, i->mode, i->uid, i->gid, i->mtime);
	c->content = i->content;
	c->target = i->target;
	c->xattrs = i->xattrs;
	return c;
}

/* Folders above path as from has them: a layer's entry for a folder sets its mode and owner again.
 */
static int parents_take(
	struct pkg_build *b, const struct tree *from, const char *path, struct diags *d)
{
	path += strspn(path, "/");
	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		const char *dir = arena_strn(b->mem, path, (size_t)(p - path));
		const struct node *n = tree_find(from->root, dir);
		struct node *made;
		if (!n || n->inode->type != NODE_DIR || tree_find(b->tree->root, dir))
			continue;
		if (tree_put(b->tree, b->tree->root, dir, pkg_copy_inode(b, n->inode), &made, d) <
			0)
			return -1;
	}
	return 0;
}

int pkg_put(struct pkg_build *b, const struct y_str *path, struct inode *inode, struct node **out,
	struct diags *d)
{
	const struct tree *const trees[] = { b->tree, b->below };
	for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
		const char *at = blocked(d->mem, trees[i], path->v);
		const char *end;
		if (!at)
			continue;
		struct node *n = tree_follow(d->mem, trees[i], at, &end);
		const char *hint = n && n->inode->type == NODE_DIR
					   ? arena_fmt(d->mem, "write /%s%s", end,
						     path->v + strlen(at))
					   : NULL;
		return fail_at(d, path->at, hint, "\"%s\" is no folder in this image", at);
	}
	if (parents_take(b, b->below, path->v, d) < 0)
		return -1;
	return tree_put(b->tree, b->tree->root, path->v, inode, out, d);
}

int pkg_take(struct pkg_build *b, struct tree *from, const char *path, struct diags *d)
{
	const struct node *n = tree_find(from->root, path);
	struct node *made;
	if (!n || tree_find(b->tree->root, path))
		return 0;
	if (parents_take(b, b->below, path, d) < 0 || parents_take(b, from, path, d) < 0)
		return -1;
	if (n->inode->links > 1 && n->inode->serial)
		return tree_link(
			b->tree, b->tree->root, path, b->taken.items[n->inode->serial - 1], d);
	if (tree_put(b->tree, b->tree->root, path, pkg_copy_inode(b, n->inode), &made, d) < 0)
		return -1;
	if (n->inode->links > 1 && n->inode->type != NODE_DIR) {
		vec_push(b->mem, &b->taken, made);
		n->inode->serial = b->taken.len;
	}
	return 0;
}
