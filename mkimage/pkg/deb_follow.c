/* Paths inside a tree as a program that runs there meets them: through links, ".." included. */
#include "mkimage/pkg/deb_impl.h"

#include <string.h>

enum { LINKS_MAX = 40 }; /* the kernel's own: path_resolution(7) */

static int by_node(const void *a, const void *b)
{
	const struct deb_mark *x = a, *y = b;
	return x->node < y->node ? -1 : x->node > y->node;
}

static struct deb_mark *mark_of(const struct deb_marks *m, struct node *n)
{
	struct deb_mark key = { .node = n };
	return m->len ? bsearch(&key, m->items, m->len, sizeof(key), by_node) : NULL;
}

bool deb_is_kept(const struct deb_marks *m, struct node *n)
{
	const struct deb_mark *mark = mark_of(m, n);
	return mark && mark->kept;
}

void deb_keep(struct deb_marks *m, struct node *n)
{
	struct deb_mark *mark = mark_of(m, n);
	if (!mark || mark->kept)
		return;
	mark->kept = true;
	vec_push(m->mem, &m->todo, n);
}

struct node *deb_follow(struct deb_marks *m, struct node *from, const char *path, bool keep)
{
	struct node *n = from;
	unsigned links = 0;
	for (;;) {
		if (*path == '/')
			n = m->tree->root;
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		if (!len)
			return n;
		if (n->inode->type != NODE_DIR)
			return NULL;
		const char *rest = path + len;
		if (len == 2 && path[0] == '.' && path[1] == '.')
			n = n->parent ? n->parent : n;
		else if (len != 1 || path[0] != '.')
			n = tree_child(n, path, len);
		if (!n)
			return NULL;
		rest += strspn(rest, "/");
		path = rest;
		if (n->inode->type != NODE_SYMLINK)
			continue;
		if (++links > LINKS_MAX)
			return NULL;
		if (keep)
			deb_keep(m, n);
		path = *rest ? arena_fmt(m->mem, "%s/%s", n->inode->target, rest)
			     : n->inode->target;
		n = n->parent;
	}
}
