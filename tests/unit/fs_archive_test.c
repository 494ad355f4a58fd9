/* tar and cpio: read back by libarchive, GNU tar and GNU cpio. */
#include "tests/unit/fs_test.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#define TAR_SHA256  "67eab9a9e428c3819b8033f5574eb63992a68a25c7a5a527b961d6e1a48b4126"
#define CPIO_SHA256 "bf5b1354a9ca72973aaad1499277b8c0049fd0c081dd3e468cc80d36f80beaf8"

/* libsquashfs 1.2 loses the block whose writing fails; a process that fails so ends soon. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libsquashfs";
}

static void *find_entry(struct archive *r, const char *path)
{
	struct archive_entry *e;
	while (archive_read_next_header(r, &e) == ARCHIVE_OK) {
		if (strcmp(archive_entry_pathname(e), path) == 0)
			return e;
	}
	fail_msg("no \"%s\"", path);
	return NULL;
}

static struct archive *open_archive(const char *path)
{
	struct archive *r = archive_read_new();
	archive_read_support_format_all(r);
	assert_int_equal(archive_read_open_filename(r, path, 65536), ARCHIVE_OK);
	return r;
}

static void check_common(struct image *m, const char *path)
{
	struct archive *r = open_archive(path);
	struct archive_entry *e = find_entry(r, LONG_PATH);
	assert_int_equal(archive_entry_size(e), 1);
	e = find_entry(r, "dev/disk");
	assert_int_equal(archive_entry_filetype(e), AE_IFBLK);
	assert_int_equal(archive_entry_rdevmajor(e), 259);
	assert_int_equal(archive_entry_rdevminor(e), 300000);
	assert_int_equal(archive_entry_perm(e), 0620);
	e = find_entry(r, "empty");
	assert_int_equal(archive_entry_uid(e), 70000);
	assert_int_equal(archive_entry_gid(e), 3000000);
	assert_int_equal(archive_entry_mtime(e), 0);
	e = find_entry(r, "etc/hostname");
	char text[16] = "";
	assert_int_equal(archive_read_data(r, text, sizeof(text)), 8);
	assert_string_equal(text, "slipway\n");
	assert_int_equal(archive_entry_mtime(e), SAMPLE_TIME);
	e = find_entry(r, "longlink");
	assert_string_equal(archive_entry_symlink(e), "/" LONG_PATH);
	archive_read_free(r);
	(void)m;
}

static void check_data(struct image *m, const char *path, const char *name)
{
	struct archive *r = open_archive(path);
	(void)find_entry(r, name);
	char *got = arena_alloc(m->mem, DATA_SIZE + 1);
	char *want = sample_bytes(m->mem, DATA_SIZE + DATA_OFFSET, 1);
	assert_int_equal(archive_read_data(r, got, DATA_SIZE + 1), DATA_SIZE);
	assert_memory_equal(got, want + DATA_OFFSET, DATA_SIZE);
	archive_read_free(r);
}

static void tar_reads_back(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	const char *path = write_image(m, &fs_tar, "t.tar", 0);
	check_common(m, path);
	check_data(m, path, "bin/again");
	struct archive *r = open_archive(path);
	struct archive_entry *e = find_entry(r, "bin/again");
	const char *name;
	const void *value;
	size_t len;
	assert_int_equal(archive_entry_xattr_reset(e), 1);
	assert_int_equal(archive_entry_xattr_next(e, &name, &value, &len), ARCHIVE_OK);
	assert_string_equal(name, "user.note");
	assert_int_equal(len, 3);
	assert_memory_equal(value, "a\0b", 3);
	e = find_entry(r, "bin/tool");
	assert_string_equal(archive_entry_hardlink(e), "bin/again");
	archive_read_free(r);
	/* Reviewed once; a change of any byte is to be meant. */
	assert_string_equal(file_sha256(m, path), TAR_SHA256);
}

static void tar_by_gnu(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	(void)write_image(m, &fs_tar, "t.tar", 0);
	const char *list = TOOL(
		"tar", "--numeric-owner", "--utc", "--warning=no-unknown-keyword", "-tvf", "t.tar");
	static const char *const lines[] = {
		"drwxr-xr-x 0/0               0 2023-11-14 22:13 bin/\n",
		"-rwxr-xr-x 0/0          300000 2023-11-14 22:13 bin/again\n",
		"hrwxr-xr-x 0/0               0 2023-11-14 22:13 bin/tool link to bin/again\n",
		"brw--w---- 0/5      259,300000 2023-11-14 22:13 dev/disk\n",
		"crw--w---- 0/5             1,3 2023-11-14 22:13 dev/null\n",
		"prw--w---- 0/5               0 2023-11-14 22:13 dev/pipe\n",
		"-rw------- 70000/3000000     0 1970-01-01 00:00 empty\n",
		"lrwxrwxrwx 0/0               0 2023-11-14 22:13 link -> ../etc/hostname\n",
		"drwxrwxrwt 0/0               0 2023-11-14 22:13 tmp/\n",
		" link to bin/again\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (!strstr(list, lines[i]))
			fail_msg("no line \"%s\" in:\n%s", lines[i], list);
	}
	const char *raw = TOOL("grep", "-a", "-o", "-E", "[0-9]+ LINUXKIT.[a-z]+=[a-z.]+", "t.tar");
	assert_string_equal(raw, "30 LINUXKIT.location=files\n34 LINUXKIT.source=linuxkit.files\n");
}

static void cpio_reads_back(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	const char *path = write_image(m, &fs_cpio, "t.cpio", 0);
	check_common(m, path);
	/* The last link carries the bytes. */
	check_data(m, path, "zlast");
	assert_int_equal(m->d.warnings, 1);
	assert_string_equal(file_sha256(m, path), CPIO_SHA256);
}

static void cpio_by_gnu(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	(void)write_image(m, &fs_cpio, "t.cpio", 0);
	const char *list = TOOL("cpio", "-itvn", "--quiet", "-F", "t.cpio");
	static const char *const lines[] = {
		"drwxr-xr-x   2 0        0               0 Nov 14  2023 bin\n",
		"-rwxr-xr-x   3 0        0               0 Nov 14  2023 bin/again\n",
		"-rwxr-xr-x   3 0        0          300000 Nov 14  2023 zlast\n",
		"brw--w----   1 0        5        259, 300000 Nov 14  2023 dev/disk\n",
		"drwxrwxrwt   2 0        0               0 Nov 14  2023 tmp\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (!strstr(list, lines[i]))
			fail_msg("no line \"%s\" in:\n%s", lines[i], list);
	}
	(void)TOOL(
		"cpio", "-id", "--quiet", "--no-preserve-owner", "-F", "t.cpio", "bin/*", "zlast");
	struct stat a, b;
	assert_int_equal(stat(image_path(m, "bin/tool"), &a), 0);
	assert_int_equal(stat(image_path(m, "zlast"), &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_size, DATA_SIZE);
}

/* What the formats cannot hold is said, not cut. */
static void refusals(void **state)
{
	struct image *m = *state;
	struct node *n = NULL;
	const struct fs_options o = { .epoch = 0 };
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	OK(tree_file(m->t, m->t->root, "f", "", 0, 0644, -1, &n, &m->d));
	assert_int_equal(fs_cpio.write(m->t, &o, to, &m->d), -1);
	assert_int_equal(fs_squashfs.write(m->t, &o, to, &m->d), -1);
	OK(fs_tar.write(m->t, &o, to, &m->d)); /* has negative times */
	n->inode->mtime = 0;
	n->inode->content = (struct content){ .fd = out_fd(m->data), .size = (uint64_t)1 << 32 };
	assert_int_equal(fs_cpio.write(m->t, &o, to, &m->d), -1);
	assert_non_null(strstr(
		m->d.last->what, "it has 4294967296 bytes, 1 more than a file may have there"));
	tree_remove(n);
	OK(tree_file(m->t, m->t->root, "TRAILER!!!", "", 0, 0644, 0, &n, &m->d));
	assert_int_equal(fs_cpio.write(m->t, &o, to, &m->d), -1);
	tree_remove(n);
	OK(tree_symlink(m->t, m->t->root, "s", "", 0, &m->d));
	static const struct fs_writer *const all[] = { &fs_tar, &fs_cpio, &fs_squashfs };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_int_equal(all[i]->write(m->t, &o, to, &m->d), -1);
		assert_int_equal(m->d.last->kind, KIND_INPUT);
	}
}

static void shrunk_input(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	OK(out_truncate(m->data, 1000, &m->d));
	static const struct fs_writer *const all[] = { &fs_tar, &fs_cpio, &fs_squashfs };
	const struct fs_options o = { .epoch = 0 };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		AUTO_OUT to = NULL;
		OK(out_scratch(m->folder, &to, &m->d));
		diags_init(&m->d, m->mem);
		assert_int_equal(all[i]->write(m->t, &o, to, &m->d), -1);
		assert_int_equal(m->d.errors, 1);
		assert_int_equal(m->d.last->kind, KIND_SYSTEM);
	}
}

static const struct fs_writer *full_writer;

static int write_full(struct image *m, struct out *to)
{
	const struct fs_options o = { .epoch = 0, .threads = 2 };
	return full_writer->write(m->t, &o, to, &m->d);
}

static void full_disk(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	full_writer = &fs_tar;
	each_full_disk(m, DATA_SIZE, write_full);
	full_writer = &fs_squashfs;
	each_full_disk(m, 50000, write_full);
	/* The only message is not the warning on attributes. */
	tree_find(m->t->root, "bin/tool")->inode->xattrs = NULL;
	full_writer = &fs_cpio;
	each_full_disk(m, DATA_SIZE, write_full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(tar_reads_back),
		IMAGE_TEST(tar_by_gnu),
		IMAGE_TEST(cpio_reads_back),
		IMAGE_TEST(cpio_by_gnu),
		IMAGE_TEST(refusals),
		IMAGE_TEST(shrunk_input),
		IMAGE_TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
