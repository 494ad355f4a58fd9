/* ISO 9660 and EROFS: read back by libarchive and fsck.erofs; what they cannot hold is refused. */
#include "tests/unit/fs_test.h"

#include <archive.h>
#include <archive_entry.h>

static struct archive_entry *find_entry(struct archive *r, const char *path)
{
	struct archive_entry *e;
	while (archive_read_next_header(r, &e) == ARCHIVE_OK) {
		if (strcmp(archive_entry_pathname(e), path) == 0)
			return e;
	}
	fail_msg("no \"%s\"", path);
	return NULL;
}

static void iso_has(struct image *m, const char *path, const char *name, mode_t mode, int64_t size)
{
	struct archive *r = archive_read_new();
	archive_read_support_format_all(r);
	assert_int_equal(archive_read_open_filename(r, path, 65536), ARCHIVE_OK);
	struct archive_entry *e = find_entry(r, name);
	assert_int_equal(archive_entry_mode(e), mode);
	if (size >= 0)
		assert_int_equal(archive_entry_size(e), size);
	if (strcmp(name, "longlink") == 0)
		assert_string_equal(archive_entry_symlink(e), "/" LONG_PATH);
	if (strcmp(name, "empty") == 0) {
		assert_int_equal(archive_entry_uid(e), 70000);
		assert_int_equal(archive_entry_gid(e), 3000000);
		assert_int_equal(archive_entry_mtime(e), 0);
	}
	archive_read_free(r);
	(void)m;
}

static void iso_reads_back(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	const char *path = write_image(m, &fs_iso, "t.iso", 0);
	iso_has(m, path, LONG_PATH, AE_IFREG | 0644, 1);
	iso_has(m, path, "bin/tool", AE_IFREG | 0755, DATA_SIZE);
	iso_has(m, path, "empty", AE_IFREG | 0600, 0);
	iso_has(m, path, "longlink", AE_IFLNK | 0777, -1);
	iso_has(m, path, "dev/null", AE_IFCHR | 0620, -1);
	iso_has(m, path, "tmp", AE_IFDIR | 01777, -1);
}

static void erofs_is_whole(void **state)
{
	struct image *m = *state;
	sample_tree(m);
	for (int i = 0; i < 300; i++) /* a folder of several blocks */
		OK(tree_file(m->t, m->t->root, arena_fmt(m->mem, "many/file-number-%d", i), "x", 1,
			0644, SAMPLE_TIME, NULL, &m->d));
	(void)write_image(m, &fs_erofs, "t.erofs", 0);
	(void)TOOL("fsck.erofs", "--extract", "t.erofs");
	const char *said = TOOL("dump.erofs", "--ls", "--path=/many", "t.erofs");
	for (int i = 0; i < 300; i++)
		assert_non_null(strstr(said, arena_fmt(m->mem, "file-number-%d\n", i)));
	assert_non_null(strstr(TOOL("dump.erofs", "--path=/bin/tool", "t.erofs"), "Size: 300000"));
}

static void refused(struct image *m, const struct fs_writer *w, const char *why)
{
	const struct fs_options o = { .epoch = SAMPLE_TIME };
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	assert_int_equal(w->write(m->t, &o, to, &m->d), -1);
	assert_int_equal(m->d.first->kind, KIND_INPUT);
	assert_string_equal(m->d.first->what, why);
}

static void iso_refuses_large_files(void **state)
{
	struct image *m = *state;
	(void)put_data(m, "etc/large", 0, (uint64_t)UINT32_MAX + 8);
	refused(m, &fs_iso,
		"\"etc/large\" cannot go onto an ISO: it has 4294967303 bytes, 8 more than a file may have there");
}

static void iso_refuses_times(void **state)
{
	struct image *m = *state;
	OK(tree_file(m->t, m->t->root, "later", "x", 1, 0644, 5869584000, NULL, &m->d));
	refused(m, &fs_iso,
		"\"later\" cannot go onto an ISO: its time is not between 1900 and 2155");
}

static void iso_refuses_many_folders(void **state)
{
	struct image *m = *state;
	for (int i = 0; i < 65536; i++)
		OK(tree_dir(m->t, m->t->root, arena_fmt(m->mem, "%02x/%02x", i >> 8, i & 255), 0755,
			SAMPLE_TIME, NULL, &m->d));
	refused(m, &fs_iso, "an ISO holds 65535 folders, and the root has 65793, 258 more");
}

static void erofs_refuses_attributes(void **state)
{
	struct image *m = *state;
	struct node *n;
	static char value[5000];
	struct xattr x = { .name = "system.strange", .value = "1", .len = 1 };
	OK(tree_file(m->t, m->t->root, "file", "x", 1, 0644, SAMPLE_TIME, &n, &m->d));
	n->inode->xattrs = &x;
	refused(m, &fs_erofs,
		"\"file\" cannot go into an EROFS: it has no room for the attribute \"system.strange\"");
	diags_init(&m->d, m->mem);
	x = (struct xattr){ .name = "user.long", .value = value, .len = sizeof(value) };
	refused(m, &fs_erofs,
		"\"file\" cannot go into an EROFS: its attributes take 5020 bytes, 988 more than fit beside an inode");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(iso_reads_back),
		IMAGE_TEST(erofs_is_whole),
		IMAGE_TEST(iso_refuses_large_files),
		IMAGE_TEST(iso_refuses_times),
		IMAGE_TEST(iso_refuses_many_folders),
		IMAGE_TEST(erofs_refuses_attributes),
	};
	return cmocka_run_group_tests_name("fs_mounted", tests, NULL, NULL);
}
