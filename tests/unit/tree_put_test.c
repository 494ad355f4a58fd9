/* The tree: what paths may say, replacing, hard links, order, walking. */
#include "mkimage/tree/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct world {
	struct arena *mem;
	struct diags d;
	struct tree *t;
};

static int set_up(void **state)
{
	struct arena *a = arena_new();
	struct world *w = ARENA_NEW(a, struct world);
	w->mem = a;
	diags_init(&w->d, a);
	w->t = tree_new(a, 42);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	arena_free(((struct world *)*state)->mem);
	return 0;
}

static struct node *put(struct world *w, const char *path)
{
	struct node *n = NULL;
	assert_int_equal(tree_file(w->t, w->t->root, path, "x", 1, 0644, 7, &n, &w->d), 0);
	return n;
}

static void refused(struct world *w, const char *path, const char *what)
{
	assert_int_equal(tree_file(w->t, w->t->root, path, "", 0, 0644, 0, NULL, &w->d), -1);
	assert_non_null(w->d.last);
	if (!strstr(w->d.last->what, what))
		fail_msg("\"%s\" does not say \"%s\"", w->d.last->what, what);
	assert_int_equal(w->d.last->kind, KIND_INPUT);
	diags_init(&w->d, w->mem);
}

static int collect(void *ctx, struct node *n, const char *path)
{
	char *text = ctx;
	size_t len = strlen(text);
	(void)n;
	snprintf(text + len, 1000 - len, "%s ", path);
	return 0;
}

static void order(void **state)
{
	struct world *w = *state;
	static const char *const paths[] = { "b", "a/z", "a", "a.b", "/a/./b//c/", "\xff", "B" };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (strcmp(paths[i], "a") != 0)
			put(w, paths[i]);
	}
	char seen[1000] = "";
	assert_int_equal(tree_walk(w->t->root, collect, seen), 0);
	assert_string_equal(seen, "B a a/b a/b/c a/z a.b b \xff ");
	struct node *made = tree_find(w->t->root, "a/b");
	assert_int_equal(made->inode->mode, 0755);
	assert_int_equal(made->inode->mtime, 7);
	assert_string_equal(tree_path(w->mem, tree_find(made, "c")), "a/b/c");
	assert_string_equal(tree_path(w->mem, w->t->root), "");
	assert_ptr_equal(tree_find(w->t->root, "/./"), w->t->root);
	assert_null(tree_find(w->t->root, "a/../b"));
	assert_null(tree_find(w->t->root, "b/c"));
	assert_null(tree_find(w->t->root, "a/"
					  "bb"));
}

static void bad_paths(void **state)
{
	struct world *w = *state;
	put(w, "file");
	refused(w, "", "names no entry");
	refused(w, "/./", "names no entry");
	refused(w, "../x", "\"..\"");
	refused(w, "a/b/..", "\"..\"");
	refused(w, "file/x/y", "\"file\", which is no folder");
	assert_int_equal(tree_symlink(w->t, w->t->root, "link", "/etc", 0, &w->d), 0);
	refused(w, "link/passwd", "\"link\", which is no folder");

	char name[300];
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	refused(w, name, "255 bytes");
	name[255] = '\0';
	put(w, name);

	char deep[600] = "";
	for (size_t i = 0; i < 257; i++)
		memcpy(deep + 2 * i, "d/", 3);
	refused(w, deep, "deeper than 256");
	/* Nothing of what was refused is there. */
	assert_null(tree_find(w->t->root, "d"));
	assert_null(tree_find(w->t->root, "a"));
	deep[2 * 256] = '\0';
	put(w, deep);
	char seen[1000] = "";
	assert_int_equal(tree_walk(tree_find(w->t->root, "d"), collect, seen), 0);
}

static void long_path(void **state)
{
	struct world *w = *state;
	char path[17 * 251];
	memset(path, 'p', sizeof(path));
	for (size_t i = 250; i < sizeof(path); i += 251)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	refused(w, path, "4095");
	path[16 * 251] = '\0';
	put(w, path);
	struct node *dir = tree_find(w->t->root, path)->parent;
	/* The limit counts from the root. */
	assert_int_equal(tree_file(w->t, dir, path, "", 0, 0644, 0, NULL, &w->d), -1);
}

static void replacing(void **state)
{
	struct world *w = *state;
	struct node *a = put(w, "dir/a");
	struct inode *shared = a->inode;
	assert_int_equal(tree_link(w->t, w->t->root, "other", a, &w->d), 0);
	assert_int_equal(tree_link(w->t, w->t->root, "other", a, &w->d), 0);
	assert_int_equal(shared->links, 2);

	struct inode *dir = tree_inode(w->t, NODE_DIR, 0700, 1, 2, 3);
	assert_int_equal(tree_put(w->t, w->t->root, "dir", dir, NULL, &w->d), 0);
	assert_non_null(tree_find(w->t->root, "dir/a"));
	assert_int_equal(tree_find(w->t->root, "dir")->inode->uid, 1);
	assert_int_equal(tree_put(w->t, w->t->root, "dir2", dir, NULL, &w->d), -1);

	struct node *again = NULL;
	assert_int_equal(tree_dir(w->t, w->t->root, "dir", 0755, 9, &again, &w->d), 0);
	assert_int_equal(again->inode->mode, 0700);

	put(w, "dir");
	assert_null(tree_find(w->t->root, "dir/a"));
	assert_int_equal(shared->links, 1);
	tree_remove(tree_find(w->t->root, "other"));
	assert_int_equal(shared->links, 0);
	assert_int_equal(w->t->root->len, 1);
}

/* A hard link that takes the place of the folder its target is in. */
static void link_over_own_folder(void **state)
{
	struct world *w = *state;
	struct node *a = put(w, "dir/a");
	assert_int_equal(tree_link(w->t, w->t->root, "dir", a, &w->d), 0);
	assert_int_equal(tree_find(w->t->root, "dir")->inode->links, 1);
	assert_int_equal(tree_find(w->t->root, "dir")->inode->type, NODE_FILE);
	assert_int_equal(tree_link(w->t, w->t->root, "l", w->t->root, &w->d), -1);
}

static void reading(void **state)
{
	struct world *w = *state;
	struct node *n = NULL;
	assert_int_equal(tree_file(w->t, w->t->root, "f", "hello", 5, 0644, 0, &n, &w->d), 0);
	char buf[8];
	assert_int_equal(content_read(&n->inode->content, 3, buf, 8), 2);
	assert_memory_equal(buf, "lo", 2);
	assert_int_equal(content_read(&n->inode->content, 5, buf, 8), 0);
	assert_int_equal(content_read(&n->inode->content, UINT64_MAX, buf, 8), 0);

	FILE *f = tmpfile();
	assert_non_null(f);
	fputs("0123456789", f);
	fflush(f);
	struct content c = { .size = 4, .fd = fileno(f), .offset = 5 };
	assert_int_equal(content_read(&c, 1, buf, 8), 3);
	assert_memory_equal(buf, "678", 3);
	c.size = 6;
	assert_int_equal(content_read(&c, 0, buf, 8), -1);
	fclose(f);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(order),
		WORLD_TEST(bad_paths),
		WORLD_TEST(long_path),
		WORLD_TEST(replacing),
		WORLD_TEST(link_over_own_folder),
		WORLD_TEST(reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
