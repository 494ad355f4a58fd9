/*
 * The tree under arbitrary edits. Each line is one: f PATH, d PATH, s PATH, c PATH (clear), r PATH
 * (remove), h PATH TARGET. Afterwards its invariants hold.
 */
#include "tests/fuzz/fuzz.h"

#include "mkimage/tree/tree.h"

feeder feed_tree;

static struct node *target_of(const struct tree *t, char *path)
{
	char *space = strchr(path, ' ');
	if (!space)
		return NULL;
	*space = '\0';
	return tree_find(t->root, space + 1);
}

static void edit(struct tree *t, char *line, struct diags *d)
{
	char op = line[0], *path = line + 2;
	if (!op || line[1] != ' ')
		return;
	struct node *n = op == 'h' ? target_of(t, path) : tree_find(t->root, path);
	int rc = 0;
	if (op == 'f')
		rc = tree_file(t, t->root, path, "x", 1, 0644, 0, NULL, d);
	else if (op == 'd')
		rc = tree_dir(t, t->root, path, 0755, 0, NULL, d);
	else if (op == 's')
		rc = tree_symlink(t, t->root, path, "/", 0, d);
	else if (op == 'h' && n)
		rc = tree_link(t, t->root, path, n, d);
	else if (op == 'c' && n)
		tree_clear(n);
	else if (op == 'r' && n)
		tree_remove(n);
	if (rc < 0 && !d->errors)
		abort(); /* a failure that says nothing */
}

static int count(void *ctx, struct node *n, const char *path)
{
	(void)ctx;
	n->inode->serial++;
	if (!*n->name || strchr(n->name, '/') || strlen(path) > 4095)
		abort();
	if (n->len && n->inode->type != NODE_DIR)
		abort();
	for (size_t i = 0; i < n->len; i++) {
		if (n->children[i]->parent != n)
			abort();
		if (i && strcmp(n->children[i - 1]->name, n->children[i]->name) >= 0)
			abort();
	}
	return 0;
}

static int compare(void *ctx, struct node *n, const char *path)
{
	const struct tree *t = ctx;
	if (n->inode->serial != n->inode->links || tree_find(t->root, path) != n)
		abort();
	return 0;
}

int feed_tree(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	diags_init(&d, a);
	struct tree *t = tree_new(a, 0);
	char *text = arena_strn(a, (const char *)data, len);
	for (char *line = text; line;) {
		char *end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		edit(t, line, &d);
		line = end;
	}
	(void)tree_walk(t->root, count, NULL);
	(void)tree_walk(t->root, compare, t);
	return 0;
}
