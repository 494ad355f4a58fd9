#include "mkimage/cli/image_report.h"
#include "mkimage/cli/listing.h"

#include "mkimage/build/build.h"

#include <string.h>

/* A tree like the root's, but for one more folder below each container: the layer. */
struct by_layer {
	struct cli *c;
	const struct build *b;
	struct tree *to;
};

/* In "containers/services/nginx/rootfs/usr/bin/x" that of "/usr/bin/x"; 0: it is in no image. */
static size_t image_prefix(const char *path)
{
	static const char *const roots[] = { "rootfs/", "lower/" };
	const char *at = path;
	if (strncmp(path, "containers/", 11) != 0)
		return 0;
	for (int i = 0; i < 3; i++) {
		at = strchr(at, '/');
		if (!at++)
			return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		size_t len = strlen(roots[i]);
		if (strncmp(at, roots[i], len) == 0)
			return (size_t)(at - path) + len - 1;
	}
	return 0;
}

/* Of a hard link the first name stands for all. */
static int copy(void *ctx, struct node *n, const char *path)
{
	enum { HEX_SHOWN = 12 };
	struct by_layer *s = ctx;
	struct arena *a = s->c->mem;
	if (n->inode->type != NODE_FILE || n->inode->serial)
		return 0;
	n->inode->serial = 1;
	size_t prefix = image_prefix(path);
	const char *layer = build_layer_name(s->b, &n->inode->content);
	const char *hex = layer ? strchr(layer, ':') : NULL;
	if (prefix && hex)
		path = arena_fmt(a, "%.*s/layer %.*s%s", (int)prefix, path, HEX_SHOWN, hex + 1,
			path + prefix);
	struct inode *i = tree_inode(s->to, NODE_FILE, 0, 0, 0, 0);
	i->content = n->inode->content;
	return tree_put(s->to, s->to->root, path, i, NULL, &s->c->d);
}

static int draw(struct cli *c, const struct build *b, const struct tree *t, const char *path)
{
	struct by_layer s = { c, b, tree_new(c->mem, 0) };
	if (tree_walk(t->root, copy, &s) != 0)
		return -1;
	return treemap_write(c, s.to->root, c->words.items[0], path);
}

int command_tree(struct cli *c)
{
	struct config config;
	struct plan plan;
	struct tree *t;
	const struct option_value *treemap = cli_option(c, "treemap");
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 || cli_plan(c, store, &config, &plan) < 0)
		return -1;
	AUTO_BUILD b = build_new(c->mem, &plan, store, (struct build_progress){ 0 });
	if (build_tree(b, &t, &c->d) < 0)
		return -1;
	if (treemap->set)
		return draw(c, b, t, treemap->text);
	print_tree(c, t->root, "", true);
	return 0;
}
