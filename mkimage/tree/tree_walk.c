#include "mkimage/tree/tree_impl.h"

#include <string.h>

int tree_walk(const struct node *from, int (*visit)(void *ctx, struct node *n, const char *path),
	void *ctx)
{
	/* tree_put keeps every tree inside these bounds. */
	struct {
		const struct node *dir;
		size_t next, path_len;
	} stack[DEPTH_LIMIT + 1], *top = stack;
	char path[PATH_LIMIT + 1 + NAME_LIMIT];

	*top = (typeof(*top)){ from, 0, 0 };
	for (;;) {
		if (top->next == top->dir->len) {
			if (top == stack)
				return 0;
			top--;
			continue;
		}
		struct node *n = top->dir->children[top->next++];
		size_t len = top->path_len;
		if (len)
			path[len++] = '/';
		size_t name_len = strlen(n->name);
		memcpy(path + len, n->name, name_len + 1);
		int rc = visit(ctx, n, path);
		if (rc)
			return rc;
		if (n->inode->type == NODE_DIR) {
			top++;
			*top = (typeof(*top)){ n, 0, len + name_len };
		}
	}
}
