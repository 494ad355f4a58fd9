/* Links inside a tree, as a program in the image would meet them. */
#include "mkimage/tree/tree_impl.h"

#include <string.h>

enum { LINKS_MAX = 40 }; /* as Linux has it */

/* dir and target -> a path from the root without "." and ".."; above the root stays the root. */
static const char *join(struct arena *a, const char *dir, const char *target)
{
	const char *all = target[0] == '/' ? target : arena_fmt(a, "%s/%s", dir, target);
	char *out = arena_alloc(a, strlen(all) + 2);
	size_t len = 0;
	for (const char *p = all; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && p[0] == '.')) {
			if (len)
				out[len++] = '/';
			memcpy(out + len, p, n);
			len += n;
		}
		p += n + (p[n] == '/');
	}
	out[len] = '\0';
	return out;
}

static const char *folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_strn(a, path, (size_t)(slash - path)) : "";
}

struct node *tree_follow(struct arena *a, const struct tree *t, const char *path, const char **end)
{
	path = join(a, "", path);
	for (unsigned links = 0; links < LINKS_MAX;) {
		/* The first link on the way: everything before it is a folder. */
		const char *p = path;
		struct node *n = t->root;
		while (*p && n && n->inode->type != NODE_SYMLINK) {
			size_t len = strcspn(p, "/");
			n = n->inode->type == NODE_DIR ? tree_child(n, p, len) : NULL;
			p += len + (p[len] == '/');
		}
		if (end)
			*end = path;
		if (!n || n->inode->type != NODE_SYMLINK)
			return n;
		const char *at = arena_strn(a, path, (size_t)(p - path));
		size_t len = strlen(at);
		at = len && at[len - 1] == '/' ? arena_strn(a, at, len - 1) : at;
		const char *to = join(a, folder_of(a, at), n->inode->target);
		path = *p ? arena_fmt(a, "%s/%s", to, p) : to;
		links++;
	}
	return NULL;
}
