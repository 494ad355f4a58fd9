/* What the tests of image writers share: a folder, a tree with one of everything, other programs'
 * opinions. */
#ifndef TESTS_UNIT_FS_TEST_H
#define TESTS_UNIT_FS_TEST_H

#include "tests/unit/base_test.h"

#include "base/fd.h"
#include "base/spawn.h"
#include "mkimage/fs/fs.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

/* cmocka's own goes through its fail(), whose name is ours here. */
#undef fail_msg
#define fail_msg(...)                      \
	do {                               \
		print_error(__VA_ARGS__);  \
		print_error("\n");         \
		_fail(__FILE__, __LINE__); \
	} while (0)

struct image {
	struct arena *mem;
	struct diags d;
	char folder[64];
	struct tree *t;
	struct out *data; /* what contents with a descriptor read from */
};

#define SAMPLE_TIME 1700000000
#define LONG_PART   "a-name-of-sixty-characters-exactly-so-that-paths-become-long-"
#define LONG_PATH   LONG_PART "/" LONG_PART "/" LONG_PART "/" LONG_PART "/" LONG_PART "/end"
#define DATA_SIZE   300000
#define DATA_OFFSET 7

static inline int image_up(void **state)
{
	struct arena *a = arena_new();
	struct image *m = ARENA_NEW(a, struct image);
	m->mem = a;
	diags_init(&m->d, a);
	snprintf(m->folder, sizeof(m->folder), "/tmp/slipway_test.XXXXXX");
	assert_non_null(mkdtemp(m->folder));
	m->t = tree_new(a, SAMPLE_TIME);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(out_scratch(m->folder, &m->data, &m->d), 0);
	*state = m;
	return 0;
}

static inline int image_down(void **state)
{
	struct image *m = *state;
	out_drop(&m->data);
	assert_int_equal(dir_remove(m->folder, &m->d), 0);
	arena_free(m->mem);
	return 0;
}

#define IMAGE_TEST(fn) cmocka_unit_test_setup_teardown(fn, image_up, image_down)

#define OK(call)                                                          \
	do {                                                              \
		if ((call) != 0) {                                        \
			diags_print(&m->d, stderr);                       \
			fail_msg("%s:%d: %s", __FILE__, __LINE__, #call); \
		}                                                         \
	} while (0)

/* Bytes that compress, but not to nothing; the same every time. */
static inline char *sample_bytes(struct arena *a, size_t len, uint32_t seed)
{
	char *bytes = arena_alloc(a, len);
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)("slipway!"[seed >> 29] + (seed >> 24 & 3));
	}
	return bytes;
}

static inline struct node *put_data(
	struct image *m, const char *path, uint64_t offset, uint64_t size)
{
	struct inode *i = tree_inode(m->t, NODE_FILE, 0755, 0, 0, SAMPLE_TIME);
	i->content = (struct content){ .fd = out_fd(m->data), .offset = offset, .size = size };
	struct node *n = NULL;
	OK(tree_put(m->t, m->t->root, path, i, &n, &m->d));
	return n;
}

static inline void put_device(
	struct image *m, const char *path, enum node_type type, uint32_t major, uint32_t minor)
{
	struct inode *i = tree_inode(m->t, type, 0620, 0, 5, SAMPLE_TIME);
	i->major = major;
	i->minor = minor;
	OK(tree_put(m->t, m->t->root, path, i, NULL, &m->d));
}

static inline void sample_tree(struct image *m)
{
	struct node *n = NULL, *root = m->t->root;
	char *bytes = sample_bytes(m->mem, DATA_SIZE + DATA_OFFSET, 1);
	OK(out_write(m->data, bytes, DATA_SIZE + DATA_OFFSET, &m->d));
	OK(tree_file(m->t, root, "etc/hostname", "slipway\n", 8, 0644, SAMPLE_TIME, &n, &m->d));
	n->inode->ref = "linuxkit.files";
	n->inode->loc = "files[0]";
	OK(tree_file(m->t, root, "empty", "", 0, 0600, 0, &n, &m->d));
	n->inode->uid = 70000;
	n->inode->gid = 3000000; /* more than seven octal digits */
	n = put_data(m, "bin/tool", DATA_OFFSET, DATA_SIZE);
	static struct xattr x = { .name = "user.note", .value = "a\0b", .len = 3 };
	n->inode->xattrs = &x;
	OK(tree_link(m->t, root, "bin/again", n, &m->d));
	OK(tree_link(m->t, root, "zlast", n, &m->d));
	OK(tree_symlink(m->t, root, "link", "../etc/hostname", SAMPLE_TIME, &m->d));
	OK(tree_symlink(m->t, root, "longlink", "/" LONG_PATH, SAMPLE_TIME, &m->d));
	OK(tree_file(m->t, root, LONG_PATH, "x", 1, 0644, SAMPLE_TIME, NULL, &m->d));
	put_device(m, "dev/null", NODE_CHAR, 1, 3);
	put_device(m, "dev/disk", NODE_BLOCK, 259, 300000);
	put_device(m, "dev/pipe", NODE_FIFO, 0, 0);
	OK(tree_dir(m->t, root, "tmp", 01777, SAMPLE_TIME, NULL, &m->d));
}

static inline const char *image_path(struct image *m, const char *name)
{
	return arena_fmt(m->mem, "%s/%s", m->folder, name);
}

/* Writes the tree; the file's name. */
static inline const char *write_image(
	struct image *m, const struct fs_writer *w, const char *name, unsigned threads)
{
	const char *path = image_path(m, name);
	const struct fs_options o = { .epoch = SAMPLE_TIME, .threads = threads };
	AUTO_OUT to = NULL;
	OK(out_create(path, 0644, &to, &m->d));
	OK(w->write(m->t, &o, to, &m->d));
	OK(out_commit(&to, &m->d));
	return path;
}

static inline const char *file_sha256(struct image *m, const char *path)
{
	char *bytes, *text = arena_alloc(m->mem, DIGEST_TEXT_SIZE);
	size_t len;
	OK(file_read(m->mem, path, (size_t)1 << 30, &bytes, &len, &m->d));
	struct digest g;
	digest_of(DIGEST_SHA256, bytes, len, &g);
	return digest_hex(&g, text);
}

/* What a program that others wrote says; skips the test when it is not installed. */
static inline const char *tool(struct image *m, const char *const *argv)
{
	struct spawn s = { .cwd = m->folder };
	bool there = false;
	static const char *const places[] = { "/usr/bin", "/usr/sbin", "/bin", "/sbin" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *path = arena_fmt(m->mem, "%s/%s", places[i], argv[0]);
		if (!there && access(path, X_OK) == 0) {
			spawn_arg(m->mem, &s, path);
			there = true;
		}
	}
	if (!there) {
		print_message("no %s on this machine\n", argv[0]);
		skip();
	}
	for (size_t i = 1; argv[i]; i++)
		spawn_arg(m->mem, &s, argv[i]);
	char *text;
	size_t len;
	OK(spawn_run(m->mem, &s, 1 << 24, &text, &len, &m->d));
	return text;
}
#define TOOL(...) tool(m, (const char *const[]){ __VA_ARGS__, NULL })

static inline size_t folder_entries(const char *path)
{
	size_t n = 0;
	DIR *dir = opendir(path);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

/* Runs write with files limited to each of some sizes: it fails with a system error, and nothing is
 * left. */
static inline void each_full_disk(
	struct image *m, uint64_t whole, int (*write)(struct image *m, struct out *to))
{
	struct rlimit before, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	size_t entries = folder_entries(m->folder);
	for (uint64_t limit = 0; limit < whole; limit = limit * 3 + 700) {
		diags_init(&m->d, m->mem);
		AUTO_OUT to = NULL;
		OK(out_create(image_path(m, "full"), 0644, &to, &m->d));
		small = before;
		small.rlim_cur = limit;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		int rc = write(m, to);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		out_drop(&to);
		assert_int_equal(rc, -1);
		assert_int_equal(m->d.errors, 1);
		assert_int_equal(m->d.first->kind, KIND_SYSTEM);
		assert_int_equal(folder_entries(m->folder), entries);
	}
	diags_init(&m->d, m->mem);
}

#endif
