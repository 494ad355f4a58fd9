#include "mkimage/tree/tree_impl.h"

#include <string.h>

enum { LINKS_MAX = 40 }; /* as Linux has it */

static int lost(const char *path, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT,
		"have the image built again, or leave it alone: it may be hostile",
		"the path \"%s\" leads through %s", path, why);
}

/* target in front of what is left of the path; both fit, or it is refused. */
static int expand(struct tree_place *p, const char *path, const char *target, const char *left,
	struct diags *d)
{
	size_t a = strlen(target), b = strlen(left);
	if (a + b > PATH_LIMIT)
		return lost(path, "symbolic links to a path of more than 4095 bytes", d);
	/* left may lie in the same buffer. */
	memmove(p->buf + a + 1, left, b + 1);
	memcpy(p->buf, target, a);
	p->buf[a] = '/';
	p->rest = p->buf;
	return 0;
}

/* Is there nothing behind this part but slashes and "."? */
static bool is_last(const char *rest)
{
	return path_next(&rest).len == 0;
}

int tree_enter(struct node *root, const char *path, bool follow_last, struct tree_place *p,
	struct diags *d)
{
	p->dir = root;
	p->rest = path;
	for (unsigned links = 0;;) {
		const char *rest = p->rest;
		struct path_part part = path_next(&rest);
		if (!part.len || (!follow_last && is_last(rest)))
			return 0;
		struct node *n = path_part_is_up(part) ? (p->dir == root ? root : p->dir->parent)
						       : tree_child(p->dir, part.name, part.len);
		if (!n || (n->inode->type != NODE_DIR && n->inode->type != NODE_SYMLINK))
			return 0;
		if (n->inode->type == NODE_DIR) {
			p->dir = n;
			p->rest = rest;
			continue;
		}
		if (++links > LINKS_MAX)
			return lost(path, "more than 40 symbolic links", d);
		if (n->inode->target[0] == '/')
			p->dir = root;
		if (expand(p, path, n->inode->target, rest, d) < 0)
			return -1;
	}
}
