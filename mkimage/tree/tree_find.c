#include "mkimage/tree/tree_impl.h"

#include <string.h>

struct path_part path_next(const char **path)
{
	const char *p = *path;
	for (;;) {
		while (*p == '/')
			p++;
		size_t len = strcspn(p, "/");
		if (len != 1 || p[0] != '.') {
			*path = p + len;
			return (struct path_part){ p, len };
		}
		p++;
	}
}

bool path_part_is_up(struct path_part p)
{
	return p.len == 2 && p.name[0] == '.' && p.name[1] == '.';
}

/* By bytes, a prefix first: the order that squashfs asks for. */
static int compare(const struct node *n, const char *name, size_t len)
{
	int c = strncmp(n->name, name, len);
	return c ? c : n->name[len] != '\0';
}

size_t tree_index(const struct node *dir, const char *name, size_t len, bool *found)
{
	size_t lo = 0, hi = dir->len;
	*found = false;
	/* Inputs are mostly sorted: behind the last one is the common place. */
	if (hi && compare(dir->children[hi - 1], name, len) < 0)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare(dir->children[mid], name, len);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct node *tree_child(const struct node *dir, const char *name, size_t len)
{
	if (dir->inode->type != NODE_DIR)
		return NULL;
	bool found;
	size_t i = tree_index(dir, name, len, &found);
	return found ? dir->children[i] : NULL;
}

struct node *tree_find(const struct node *from, const char *path)
{
	struct path_part p = path_next(&path);
	if (!p.len) {
		/* The root is nobody's child; the caller may well write to what it got. */
		union {
			const struct node *in;
			struct node *out;
		} self = { .in = from };
		return self.out;
	}
	struct node *n = NULL;
	for (; p.len; p = path_next(&path)) {
		if (path_part_is_up(p))
			return NULL;
		n = tree_child(n ? n : from, p.name, p.len);
		if (!n)
			return NULL;
	}
	return n;
}

const char *tree_path(struct arena *a, const struct node *n)
{
	size_t len = 0;
	for (const struct node *p = n; p->parent; p = p->parent)
		len += strlen(p->name) + 1;
	if (!len)
		return "";
	char *text = arena_alloc(a, len);
	char *end = text + len - 1;
	for (const struct node *p = n; p->parent; p = p->parent) {
		size_t l = strlen(p->name);
		end -= l;
		memcpy(end, p->name, l);
		if (end > text)
			*--end = '/';
	}
	return text;
}
