/* Blocks of earlier builds in an image: the same bytes, whatever happened to them. */
#include "tests/unit/blocks_test.h"

#include "base/endian.h"

#include <fcntl.h>

static void bytes_stay_the_same(void **state)
{
	struct image *m = *state;
	some_files(m);
	const char *folder = packed_folder(m), *want = sum_with(m, NULL, 0);
	assert_string_equal(sum_with(m, folder, 3), want);
	assert_int_equal(folder_entries(folder), 1);
	/* All of it is found, so nothing is added; one file more, and one segment. */
	assert_string_equal(sum_with(m, folder, 2), want);
	assert_int_equal(folder_entries(folder), 1);
	put_data(m, "g", 55555, 333333);
	assert_string_not_equal(sum_with(m, folder, 0), want);
	assert_int_equal(folder_entries(folder), 2);
}

static void damage_is_noticed(void **state)
{
	struct image *m = *state;
	struct digest source;
	digest_of(DIGEST_SHA256, "a layer", 7, &source);
	some_files(m);
	/* Half of them are known by their place. */
	for (size_t i = 0; i < m->t->root->len; i += 2)
		m->t->root->children[i]->inode->content.source = &source;
	const char *folder = packed_folder(m), *want = sum_with(m, folder, 0);
	const char *segment = only_segment(m, folder);
	char *whole;
	size_t len;
	OK(file_read(m->mem, segment, 1 << 24, &whole, &len, &m->d));
	/* A byte in blocks, every byte of the last entries and of the end; all of it zeros; cut
	 * off. */
	for (unsigned turn = 0; turn < 12 + 64; turn++) {
		OK(dir_remove(folder, &m->d));
		OK(dir_make(folder, 0755, &m->d));
		AUTO_FD fd = open(segment, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		char *bytes = arena_alloc(m->mem, len);
		size_t at = turn < 12 ? len / 12 * turn : len - 1 - (turn - 12);
		if (turn != 0)
			memcpy(bytes, whole, len);
		bytes[at] ^= 0x41;
		assert_int_equal(
			fd_write_all(fd, bytes, turn % 8 == 7 && turn < 24 ? len - turn : len), 0);
		assert_string_equal(sum_with(m, folder, 1), want);
	}
}

/* Blocks of tails, which are named after all of them. */
static void other_tails(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	struct digest source;
	digest_of(DIGEST_SHA256, "a layer", 7, &source);
	OK(out_write(m->data, sample_bytes(m->mem, 1 << 20, 7), 1 << 20, &m->d));
	struct node *a = put_data(m, "a", 0, 5000), *b = put_data(m, "b", 10000, 7000);
	b->inode->content.source = &source;
	for (unsigned turn = 0; turn < 3; turn++) {
		a->inode->content.offset += turn == 1;
		b->inode->content.offset += turn == 2;
		const char *want = sum_with(m, NULL, 0);
		assert_string_equal(sum_with(m, folder, 0), want);
		assert_int_equal(folder_entries(folder), turn + 1);
		assert_string_equal(sum_with(m, folder, 0), want);
		assert_int_equal(folder_entries(folder), turn + 1);
	}
}

/* Entries that say of every block that it gets no smaller. */
static void lies_are_noticed(void **state)
{
	enum { ENTRY = 48, PACKED = 24, END = 16 };
	struct image *m = *state;
	some_files(m);
	const char *folder = packed_folder(m), *want = sum_with(m, folder, 0);
	const char *segment = only_segment(m, folder);
	char *bytes;
	size_t len;
	OK(file_read(m->mem, segment, 1 << 24, &bytes, &len, &m->d));
	uint64_t count = get_le64(bytes + len - 8);
	assert_in_range(count, 10, 1000);
	for (uint64_t i = 1; i <= count; i++)
		put_le32(bytes + len - END - i * ENTRY + PACKED, 0);
	AUTO_FD fd = open(segment, O_WRONLY);
	assert_int_equal(fd_write_all(fd, bytes, len), 0);
	assert_string_equal(sum_with(m, folder, 1), want);
}

/* What a layer's digest says of a file's blocks needs no look at the file. */
static void known_by_their_place(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	struct digest source;
	digest_of(DIGEST_SHA256, "a layer", 7, &source);
	OK(out_write(m->data, sample_bytes(m->mem, 1 << 20, 7), 1 << 20, &m->d));
	struct node *a = put_data(m, "a", 4096, 3 << 17), *b = put_data(m, "b", 12288, 2 << 17);
	const char *want = sum_with(m, NULL, 0);
	a->inode->content.source = b->inode->content.source = &source;
	assert_string_equal(sum_with(m, folder, 2), want);
	a->inode->content.fd = b->inode->content.fd = -1;
	assert_string_equal(sum_with(m, folder, 2), want);
	/* Elsewhere in the same layer is something else. */
	a->inode->content.offset++;
	AUTO_BLOCKS blocks = blocks_open(folder);
	const struct fs_options o = { .epoch = SAMPLE_TIME, .blocks = blocks };
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	assert_int_equal(fs_squashfs.write(m->t, &o, to, &m->d), -1);
	assert_non_null(strstr(m->d.last->what, "cannot read the contents of \"a\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(bytes_stay_the_same),
		IMAGE_TEST(damage_is_noticed),
		IMAGE_TEST(other_tails),
		IMAGE_TEST(lies_are_noticed),
		IMAGE_TEST(known_by_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
