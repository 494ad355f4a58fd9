/* squashfs: read back by squashfs-tools; the same bytes for any number of threads; equal files
 * stored once. */
#include "tests/unit/fs_test.h"

#include "base/endian.h"
#include "mkimage/fs/blocks.h"

#include <sys/stat.h>
#include <sys/xattr.h>

/* Columns differ between versions of squashfs-tools. */
static const char *squeeze(struct image *m, const char *text)
{
	char *out = arena_str(m->mem, text), *to = out;
	for (const char *p = text; *p; p++) {
		if (*p != ' ' || p[1] != ' ')
			*to++ = *p;
	}
	*to = '\0';
	return out;
}

static void listed_by_unsquashfs(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	(void)write_image(m, &fs_squashfs, "t.sqfs", 0);
	const char *list = squeeze(m, TOOL("unsquashfs", "-UTC", "-lln", "t.sqfs"));
	static const char *const lines[] = {
		"-rwxr-xr-x 0/0 300000 2023-11-14 22:13 squashfs-root/bin/again\n",
		"-rwxr-xr-x 0/0 300000 2023-11-14 22:13 squashfs-root/zlast\n",
		"crw--w---- 0/5 1, 3 2023-11-14 22:13 squashfs-root/dev/null\n",
		"prw--w---- 0/5 0 2023-11-14 22:13 squashfs-root/dev/pipe\n",
		"-rw------- 70000/3000000 0 1970-01-01 00:00 squashfs-root/empty\n",
		"squashfs-root/link -> ../etc/hostname\n",
		"squashfs-root/" LONG_PATH "\n",
		"drwxrwxrwt 0/0 3 2023-11-14 22:13 squashfs-root/tmp\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (!strstr(list, lines[i]))
			fail_msg("no line \"%s\" in:\n%s", lines[i], list);
	}
	const char *super = TOOL("unsquashfs", "-UTC", "-s", "t.sqfs");
	static const char *const facts[] = { "Tue Nov 14 22:13:20 2023", "Compression zstd",
		"compression-level 3", "Block size 131072", "not exportable",
		"Number of inodes 19\n" };
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		if (!strstr(super, facts[i]))
			fail_msg("no \"%s\" in:\n%s", facts[i], super);
	}
}

static void extracted_by_unsquashfs(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	(void)write_image(m, &fs_squashfs, "t.sqfs", 0);
	(void)TOOL("unsquashfs", "-q", "-n", "-d", "x", "-user-xattrs", "t.sqfs", "bin", "zlast",
		"etc");
	char *got, *want = sample_bytes(m->mem, DATA_SIZE + DATA_OFFSET, 1);
	size_t len;
	OK(file_read(m->mem, image_path(m, "x/bin/tool"), 1 << 20, &got, &len, &m->d));
	assert_int_equal(len, DATA_SIZE);
	assert_memory_equal(got, want + DATA_OFFSET, DATA_SIZE);
	struct stat a, b;
	assert_int_equal(stat(image_path(m, "x/bin/tool"), &a), 0);
	assert_int_equal(stat(image_path(m, "x/zlast"), &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_nlink, 3);
	char value[8];
	ssize_t n = getxattr(image_path(m, "x/bin/tool"), "user.note", value, sizeof(value));
	if (n < 0 && errno == ENOTSUP)
		return; /* a /tmp without attributes */
	assert_int_equal(n, 3);
	assert_memory_equal(value, "a\0b", 3);
}

/* Blocks, fragments and duplicates in numbers, so that threads could finish in any order. */
static void many_files(struct image *m)
{
	char *bytes = sample_bytes(m->mem, 4 << 20, 7);
	OK(out_write(m->data, bytes, 4 << 20, &m->d));
	for (unsigned i = 0; i < 400; i++) {
		uint64_t size = (uint64_t)i * i * 9 % 500000;
		put_data(
			m, arena_fmt(m->mem, "d%u/f%u", i % 7, i), (uint64_t)(i % 50) * 4096, size);
	}
}

static void threads_do_not_matter(void **state)
{
	struct image *m = *state;
	many_files(m);
	const char *one = file_sha256(m, write_image(m, &fs_squashfs, "1", 1));
	assert_string_equal(file_sha256(m, write_image(m, &fs_squashfs, "2", 2)), one);
	assert_string_equal(file_sha256(m, write_image(m, &fs_squashfs, "7", 7)), one);
	/* Nor does what an earlier writer left in the inodes. */
	(void)write_image(m, &fs_cpio, "c", 0);
	assert_string_equal(file_sha256(m, write_image(m, &fs_squashfs, "3", 3)), one);
}

static uint64_t bytes_used(struct image *m, const char *path)
{
	char *bytes;
	size_t len;
	OK(file_read(m->mem, path, 1 << 24, &bytes, &len, &m->d));
	assert_int_equal(len % 4096, 0);
	return get_le64(bytes + 40);
}

static void equal_files_once(void **state)
{
	struct image *m = *state;
	char *bytes = sample_bytes(m->mem, DATA_SIZE, 3);
	OK(out_write(m->data, bytes, DATA_SIZE, &m->d));
	put_data(m, "a", 0, DATA_SIZE);
	uint64_t once = bytes_used(m, write_image(m, &fs_squashfs, "1", 0));
	/* Known by their digest, and found by comparing. */
	for (int with_digest = 0; with_digest < 2; with_digest++) {
		for (unsigned i = 0; i < 10; i++) {
			struct node *n = put_data(m, arena_fmt(m->mem, "b%u", i), 0, DATA_SIZE);
			if (with_digest)
				digest_of(
					DIGEST_SHA256, bytes, DATA_SIZE, &n->inode->content.digest);
			n->inode->content.has_digest = with_digest;
		}
		const char *path = write_image(m, &fs_squashfs, "2", 0);
		assert_in_range(bytes_used(m, path), once, once + 300);
		(void)TOOL("unsquashfs", "-q", "-n", "-f", "-d", "x", "2");
		for (unsigned i = 0; i < 10; i++)
			assert_string_equal(file_sha256(m, image_path(m, "x/a")),
				file_sha256(m, image_path(m, arena_fmt(m->mem, "x/b%u", i))));
	}
}

/* Blocks and tails of zeros at any place, and tails that are equal or nearly so. */
static void holes_and_tails(void **state)
{
	enum { BLOCK = 128 * 1024, FILES = 64, MAX = 3 * BLOCK + 5000 };
	struct image *m = *state;
	const char *some[5];
	for (unsigned i = 0; i < ARRAY_LEN(some); i++)
		some[i] = sample_bytes(m->mem, BLOCK, i);
	for (unsigned i = 0; i < FILES; i++) {
		uint64_t start = out_size(m->data), tail = i % 4 * 1111;
		for (unsigned k = 0; k < 3; k++)
			OK(i >> k & 1 ? out_write(m->data, some[(i + k) % 5], BLOCK, &m->d)
				      : out_skip(m->data, BLOCK, &m->d));
		OK(i >> 3 & 1 ? out_write(m->data, some[0] + (i >> 4 & 1), tail, &m->d)
			      : out_skip(m->data, tail, &m->d));
		uint64_t from = i >> 5 & 1 ? 3 * BLOCK : 0;
		put_data(m, arena_fmt(m->mem, "f%02u", i), start + from, 3 * BLOCK + tail - from);
	}
	const char *one = file_sha256(m, write_image(m, &fs_squashfs, "1", 1));
	assert_string_equal(file_sha256(m, write_image(m, &fs_squashfs, "5", 5)), one);
	assert_in_range(bytes_used(m, image_path(m, "1")), 200000, 3000000);
	(void)TOOL("unsquashfs", "-q", "-n", "-d", "x", "1");
	for (size_t i = 0; i < m->t->root->len; i++) {
		const struct node *n = m->t->root->children[i];
		char *want = arena_alloc(m->mem, MAX), *got;
		size_t len;
		OK(file_read(m->mem, image_path(m, arena_fmt(m->mem, "x/%s", n->name)), MAX, &got,
			&len, &m->d));
		assert_int_equal(len, n->inode->content.size);
		assert_int_equal(content_read(&n->inode->content, 0, want, MAX), len);
		assert_memory_equal(got, want, len);
	}
}

static uint64_t sum_step(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9E3779B97F4A7C15;
	return h ^ h >> 32;
}

/* Sums are no proof. */
static void other_tail_of_that_sum(void **state)
{
	enum { LEN = 1000 };
	struct image *m = *state;
	char *a = sample_bytes(m->mem, LEN, 1), *b = sample_bytes(m->mem, LEN, 1), *got;
	b[0] ^= 1;
	put_le64(b + 32, get_le64(a + 32) ^ sum_step(0, get_le64(a)) ^ sum_step(0, get_le64(b)));
	assert_memory_not_equal(a, b, LEN);
	assert_int_equal(blocks_sum(a, LEN), blocks_sum(b, LEN));
	OK(out_write(m->data, a, LEN, &m->d));
	OK(out_write(m->data, b, LEN, &m->d));
	put_data(m, "a", 0, LEN);
	put_data(m, "b", LEN, LEN);
	(void)write_image(m, &fs_squashfs, "1", 0);
	(void)TOOL("unsquashfs", "-q", "-n", "-d", "x", "1");
	size_t len;
	OK(file_read(m->mem, image_path(m, "x/b"), LEN, &got, &len, &m->d));
	assert_memory_equal(got, b, LEN);
}

static void unreadable(void **state)
{
	struct image *m = *state;
	for (unsigned turn = 0; turn < 2; turn++) {
		put_data(m, "f", 0, turn ? 1000 : 128 * 1024); /* of an empty file */
		AUTO_OUT to = NULL;
		const struct fs_options o = { .epoch = SAMPLE_TIME };
		OK(out_scratch(m->folder, &to, &m->d));
		assert_int_equal(fs_squashfs.write(m->t, &o, to, &m->d), -1);
		assert_string_equal(
			m->d.last->what, "cannot read the contents of \"f\": Input/output error");
	}
}

static void empty_tree(void **state)
{
	struct image *m = *state;
	(void)write_image(m, &fs_squashfs, "t.sqfs", 0);
	assert_string_equal(squeeze(m, TOOL("unsquashfs", "-UTC", "-lln", "t.sqfs")),
		"drwxr-xr-x 0/0 3 2023-11-14 22:13 squashfs-root\n");
}

/* ACLs are left out aloud. */
static void odd_attributes(void **state)
{
	struct image *m = *state;
	static struct xattr x = { .name = "system.posix_acl_access", .value = "x", .len = 1 };
	put_data(m, "f", 0, 0)->inode->xattrs = &x;
	(void)write_image(m, &fs_squashfs, "t.sqfs", 0);
	assert_int_equal(m->d.warnings, 1);
	const struct fs_options o = { .epoch = 0, .level = 23 };
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	assert_int_equal(fs_squashfs.write(m->t, &o, to, &m->d), -1);
	assert_int_equal(m->d.last->kind, KIND_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(listed_by_unsquashfs),
		IMAGE_TEST(extracted_by_unsquashfs),
		IMAGE_TEST(threads_do_not_matter),
		IMAGE_TEST(equal_files_once),
		IMAGE_TEST(holes_and_tails),
		IMAGE_TEST(other_tail_of_that_sum),
		IMAGE_TEST(unreadable),
		IMAGE_TEST(empty_tree),
		IMAGE_TEST(odd_attributes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
