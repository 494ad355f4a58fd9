/* What a board's firmware reads beside the kernel: device trees, the firmware's own files. */
#include "mkimage/pkg/glob.h"
#include "mkimage/pkg/kernel_impl.h"

#include <string.h>

struct board {
	struct pkg_build *b;
	const struct y_str *glob;
	size_t found;
	struct diags *d;
};

static int take(void *ctx, struct node *n, const char *path)
{
	struct board *x = ctx;
	struct node *made;
	if (n->inode->type != NODE_FILE || !glob_match(x->glob->v, path))
		return 0;
	x->found++;
	const char *name = arena_fmt(x->b->mem, "board/%s", n->name);
	if (tree_find(x->b->tree->root, name))
		return fail_at(x->d, x->glob->at, "all go into one folder, by their plain names",
			"two files of the packages have the name \"%s\"", n->name);
	struct inode *i = pkg_copy_inode(x->b, n->inode);
	i->mode = 0644;
	return tree_put(x->b->tree, x->b->tree->root, name, i, &made, x->d);
}

int kernel_board(struct pkg_build *b, const struct tree *from, struct diags *d)
{
	const struct y_list *globs = &b->recipe->kernel.board;
	for (size_t i = 0; i < globs->len; i++) {
		struct board x = { .b = b, .glob = &globs->items[i], .d = d };
		if (tree_walk(from->root, take, &x) < 0)
			return -1;
		if (!x.found)
			return fail_at(d, x.glob->at, NULL, "no package has \"%s\"", x.glob->v);
	}
	return 0;
}
