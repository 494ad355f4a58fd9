/* Packages: unpacking into the merged /usr, what is refused, and what is kept. */
#include "mkimage/pkg/deb.h"

#include "tests/unit/base_test.h"
#include "tests/unit/deb_build.h"

/* cmocka's fail_msg calls a name that is ours. */
#define wrong(...)                         \
	do {                               \
		print_error(__VA_ARGS__);  \
		_fail(__FILE__, __LINE__); \
	} while (0)

struct world {
	struct fixture *f;
	struct deb_build *b;
	struct tree *t;
	struct out *scratch;
	char *deb;
	size_t len;
	char path[64];
};

static struct world *begin(struct fixture *f, int (*filter)(struct archive *))
{
	struct world *w = ARENA_NEW(f->mem, struct world);
	w->f = f;
	w->b = ARENA_NEW(f->mem, struct deb_build);
	w->t = tree_new(f->mem, 0);
	w->deb = arena_alloc(f->mem, 2 << 20);
	assert_int_equal(out_scratch("/tmp", &w->scratch, &f->d), 0);
	deb_begin(w->b, filter);
	return w;
}

static int unpack(struct world *w)
{
	snprintf(w->path, sizeof(w->path), "/tmp/pkg_deb_test.%ld", (long)getpid());
	FILE *to = fopen(w->path, "wb");
	assert_non_null(to);
	assert_int_equal(fwrite(w->deb, 1, w->len, to), w->len);
	assert_int_equal(fclose(to), 0);
	int rc = deb_unpack(w->f->mem, w->path, "thing", w->scratch, w->t, &w->f->d);
	unlink(w->path);
	return rc;
}

static void end(struct world *w, const char *name)
{
	w->len = deb_end(w->b, name, w->deb);
}

static struct inode *at(struct world *w, const char *path)
{
	struct node *n = tree_find(w->t->root, path);
	if (!n)
		wrong("no %s", path);
	return n->inode;
}

static void fails(struct world *w, const char *what)
{
	assert_int_equal(unpack(w), -1);
	assert_non_null(w->f->d.last);
	if (!strstr(w->f->d.last->what, what))
		wrong("\"%s\" does not say \"%s\"", w->f->d.last->what, what);
	assert_int_equal(w->f->d.last->kind, KIND_INPUT);
	diags_init(&w->f->d, w->f->mem);
}

static void unpacked(void **state)
{
	static const struct {
		const char *name;
		int (*filter)(struct archive *);
	} kinds[] = { { "data.tar.xz", archive_write_add_filter_xz },
		{ "data.tar.zst", archive_write_add_filter_zstd },
		{ "data.tar.gz", archive_write_add_filter_gzip },
		{ "data.tar.bz2", archive_write_add_filter_bzip2 },
		{ "data.tar", archive_write_add_filter_none } };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct world *w = begin(*state, kinds[i].filter);
		char text[8] = { 0 };
		deb_add(w->b, "./", AE_IFDIR, 0755, NULL, 0, 0);
		deb_add(w->b, "./bin/", AE_IFDIR, 0755, NULL, 0, 0);
		deb_add(w->b, "./bin/su", AE_IFREG, 04755, "hello", 5, 0);
		deb_add(w->b, "./bin/su2", AE_IFREG, 0755, "./bin/su", 0, 1);
		deb_add(w->b, "./lib64/x.so", AE_IFLNK, 0777, "../lib/x.so", 0, 0);
		deb_add(w->b, "./etc/x\xff", AE_IFREG, 0640, "", 0, 0);
		deb_add(w->b, "./dev/null", AE_IFCHR, 0666, NULL, 0, 0);
		end(w, kinds[i].name);
		assert_int_equal(unpack(w), 0);
		assert_int_equal(at(w, "usr/bin/su")->mode, 0755);
		assert_int_equal(at(w, "usr/bin/su")->mtime, 1000);
		assert_string_equal(at(w, "usr/bin/su")->ref, "thing");
		assert_ptr_equal(at(w, "usr/bin/su"), at(w, "usr/bin/su2"));
		assert_int_equal(content_read(&at(w, "usr/bin/su")->content, 0, text, 8), 5);
		assert_string_equal(text, "hello");
		assert_string_equal(at(w, "bin")->target, "usr/bin");
		assert_string_equal(at(w, "lib64")->target, "usr/lib64");
		assert_null(tree_find(w->t->root, "sbin"));
		assert_string_equal(at(w, "usr/lib64/x.so")->target, "../lib/x.so");
		assert_int_equal(at(w, "etc/x\xff")->mode, 0640);
		assert_int_equal(at(w, "dev/null")->type, NODE_CHAR);
		out_drop(&w->scratch);
	}
}

static void hostile(void **state)
{
	struct world *w = begin(*state, archive_write_add_filter_none);
	deb_add(w->b, "./a/../../etc/passwd", AE_IFREG, 0644, "x", 1, 0);
	end(w, "data.tar");
	fails(w, "\"..\"");
	out_drop(&w->scratch);

	w = begin(*state, archive_write_add_filter_none);
	deb_add(w->b, "./a", AE_IFLNK, 0777, "/etc", 0, 0);
	deb_add(w->b, "./a/passwd", AE_IFREG, 0644, "x", 1, 0);
	end(w, "data.tar");
	fails(w, "no folder");
	out_drop(&w->scratch);

	w = begin(*state, archive_write_add_filter_none);
	deb_add(w->b, "./a", AE_IFREG, 0644, "./b", 0, 1);
	end(w, "data.tar");
	fails(w, "hard link");
	out_drop(&w->scratch);
}

static void cut(void **state)
{
	struct world *w = begin(*state, archive_write_add_filter_xz);
	deb_add(w->b, "./a", AE_IFREG, 0644, w->deb, 3000, 0);
	end(w, "data.tar.xz");
	size_t whole = w->len;
	for (w->len = 0; w->len + 4 < whole; w->len += w->len < 260 ? 1 : 7)
		fails(w, "thing");
	w->len = whole;
	w->deb[8 + 58] = 'x';
	fails(w, "garbled");
	out_drop(&w->scratch);
}

static void add_elf(struct world *w, const char *path, const char *interp, const char *needed,
	const char *runpath)
{
	const char *list[] = { needed, NULL };
	struct inode *i = tree_inode(w->t, NODE_FILE, 0755, 0, 0, 1);
	uint8_t *bytes = arena_alloc(w->f->mem, 2048);
	i->content = (struct content){ .size = elf_build(bytes, EM_X86_64, interp, list, runpath),
		.bytes = bytes };
	assert_int_equal(tree_put(w->t, w->t->root, path, i, NULL, &w->f->d), 0);
}

static void add_link(struct world *w, const char *path, const char *target)
{
	assert_int_equal(tree_symlink(w->t, w->t->root, path, target, 1, &w->f->d), 0);
}

static void add_file(struct world *w, const char *path)
{
	assert_int_equal(tree_file(w->t, w->t->root, path, "x", 1, 0644, 1, NULL, &w->f->d), 0);
}

static int list_one(void *ctx, struct node *n, const char *path)
{
	char *text = ctx;
	size_t len = strlen(text);
	(void)n;
	snprintf(text + len, 2000 - len, "%s ", path);
	return 0;
}

static int choose(struct world *w, const char *keep, const char *drop)
{
	struct strings k = { 0 }, r = { 0 };
	char *rest;
	for (char *s = strtok_r(arena_str(w->f->mem, keep), " ", &rest); s;
		s = strtok_r(NULL, " ", &rest))
		vec_push(w->f->mem, &k, s);
	if (*drop)
		vec_push(w->f->mem, &r, drop);
	return deb_select(w->f->mem, w->t, &k, &r, &w->f->d);
}

static void system_make(struct world *w)
{
	add_elf(w, "usr/sbin/d", "/lib64/ld.so", "libx.so.1", NULL);
	add_elf(w, "usr/sbin/unused", "/lib64/ld.so", "liby.so", NULL);
	add_link(w, "lib64", "usr/lib64");
	add_link(w, "bin", "usr/bin");
	add_link(w, "usr/lib64/ld.so", "../lib/x86_64-linux-gnu/ld.so.real");
	add_elf(w, "usr/lib/x86_64-linux-gnu/ld.so.real", NULL, NULL, NULL);
	add_link(w, "usr/lib/x86_64-linux-gnu/libx.so.1", "libx.so.1.2");
	add_elf(w, "usr/lib/x86_64-linux-gnu/libx.so.1.2", NULL, "libp.so", "$ORIGIN/private");
	add_elf(w, "usr/lib/x86_64-linux-gnu/private/libp.so", NULL, NULL, NULL);
	add_elf(w, "usr/lib/x86_64-linux-gnu/liby.so", NULL, NULL, NULL);
	add_file(w, "etc/d/a");
	add_file(w, "etc/d/b/c");
	add_file(w, "usr/share/doc/d/README");
	add_link(w, "etc/self", "self");
}

static void selected(void **state)
{
	struct world *w = begin(*state, archive_write_add_filter_none);
	char seen[2000] = "";
	system_make(w);
	assert_int_equal(choose(w, "sbin/d etc/d/ /etc/self", "usr/share/doc/"), 0);
	(void)tree_walk(w->t->root, list_one, seen);
	assert_string_equal(seen,
		"etc etc/d etc/d/a etc/d/b etc/d/b/c etc/self lib64 usr usr/lib usr/lib/x86_64-linux-gnu "
		"usr/lib/x86_64-linux-gnu/ld.so.real usr/lib/x86_64-linux-gnu/libx.so.1 "
		"usr/lib/x86_64-linux-gnu/libx.so.1.2 usr/lib/x86_64-linux-gnu/private "
		"usr/lib/x86_64-linux-gnu/private/libp.so usr/lib64 usr/lib64/ld.so usr/sbin usr/sbin/d ");
	archive_write_free(w->b->tar);
	out_drop(&w->scratch);
}

static void not_selected(void **state)
{
	static const struct {
		const char *keep, *drop, *says;
	} cases[] = {
		{ "usr/bin/d", "", "`keep` names \"usr/bin/d\"" },
		{ "usr/sbin/d/", "", "`keep` names \"usr/sbin/d/\"" },
		{ "usr/sbin/d", "usr/share/man/", "`drop` names \"usr/share/man/\"" },
		{ "usr/sbin/d", "**/libp.so",
			"\"usr/lib/x86_64-linux-gnu/libx.so.1.2\" needs the library \"libp.so\"" },
		{ "usr/sbin/d", "**/ld.so.real", "needs the dynamic linker \"/lib64/ld.so\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture *f = *state;
		struct world *w = begin(f, archive_write_add_filter_none);
		system_make(w);
		diags_init(&f->d, f->mem);
		assert_int_equal(choose(w, cases[i].keep, cases[i].drop), -1);
		if (!strstr(f->d.first->what, cases[i].says))
			wrong("%s", f->d.first->what);
		archive_write_free(w->b->tar);
		out_drop(&w->scratch);
	}
}

static void all_stays(void **state)
{
	struct world *w = begin(*state, archive_write_add_filter_none);
	system_make(w);
	assert_int_equal(choose(w, "", "usr/share/doc"), 0);
	assert_non_null(tree_find(w->t->root, "usr/sbin/unused"));
	assert_non_null(tree_find(w->t->root, "bin"));
	assert_null(tree_find(w->t->root, "usr/share/doc"));
	archive_write_free(w->b->tar);
	out_drop(&w->scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unpacked),
		TEST(hostile),
		TEST(cut),
		TEST(selected),
		TEST(not_selected),
		TEST(all_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
