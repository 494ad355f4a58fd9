/* Blocks of earlier builds: found again, never believed, and not kept for ever. */
#include "tests/unit/fs_test.h"

#include "base/endian.h"
#include "mkimage/fs/blocks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PIECE = 3000 };

static const char *packed_folder(struct image *m)
{
	const char *folder = image_path(m, "packed");
	OK(dir_make(folder, 0755, &m->d));
	return folder;
}

/* Files of all sizes, some of them equal, some that do not compress. */
static void some_files(struct image *m)
{
	enum { LEN = 3 << 20 };
	char *bytes = sample_bytes(m->mem, LEN, 7);
	uint32_t seed = 1;
	for (size_t i = LEN / 2; i < LEN; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)(seed >> 24);
	}
	OK(out_write(m->data, bytes, LEN, &m->d));
	for (unsigned i = 0; i < 100; i++)
		put_data(m, arena_fmt(m->mem, "f%u", i), (uint64_t)(i % 25) * 100000,
			(uint64_t)i * i * 11 % 400000);
}

static const char *sum_as(struct image *m, const char *path, const char *folder, unsigned threads)
{
	AUTO_BLOCKS blocks = folder ? blocks_open(folder) : NULL;
	const struct fs_options o = { .epoch = SAMPLE_TIME, .threads = threads, .blocks = blocks };
	AUTO_OUT to = NULL;
	OK(out_create(path, 0644, &to, &m->d));
	OK(fs_squashfs.write(m->t, &o, to, &m->d));
	OK(out_commit(&to, &m->d));
	if (blocks)
		blocks_close(&blocks);
	return file_sha256(m, path);
}

static const char *sum_with(struct image *m, const char *folder, unsigned threads)
{
	return sum_as(m, image_path(m, "image"), folder, threads);
}

/* The one file of the folder. */
static const char *only_segment(struct image *m, const char *folder)
{
	struct blocks_segments all = { 0 };
	char text[DIGEST_TEXT_SIZE];
	OK(blocks_gc(m->mem, folder, true, &all, &m->d));
	assert_int_equal(all.len, 1);
	return arena_fmt(m->mem, "%s/%s", folder, digest_hex(&all.items[0].name, text));
}

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

static void add_one(const char *folder, unsigned i)
{
	struct blocks *b = blocks_open(folder);
	char block[PIECE] = { (char)i, (char)(i >> 8), 1 };
	const struct block_name name = block_name_of(3, block, sizeof(block));
	const struct block_form form = { 100, blocks_sum(block, 100) };
	blocks_add(b, &name, sizeof(block), block, &form);
	blocks_close(&b);
}

static void useless_go_first(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	char block[PIECE] = { 0, 0, 1 }, got[PIECE];
	const struct block_name name = block_name_of(3, block, sizeof(block));
	struct block_form form;
	for (unsigned i = 0; i < 2 * BLOCKS_SEGMENTS_MAX; i++) {
		AUTO_BLOCKS b = NULL;
		add_one(folder, i);
		b = blocks_open(folder);
		/* The first is used all the time. */
		assert_true(blocks_find(b, &name, sizeof(block), got, &form));
		assert_int_equal(form.packed, 100);
		assert_memory_equal(got, block, 100);
		blocks_close(&b);
	}
	assert_int_equal(folder_entries(folder), BLOCKS_SEGMENTS_MAX);
}

static void other_names(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	char block[PIECE] = { 1, 0, 1 }, got[PIECE];
	struct digest source, other;
	struct block_form form;
	digest_of(DIGEST_SHA256, "a", 1, &source);
	digest_of(DIGEST_SHA256, "b", 1, &other);
	const struct block_name name = block_name_of(3, block, PIECE);
	add_one(folder, 1);
	block[PIECE - 1] = 1;
	const struct block_name others[] = { block_name_of(3, block, PIECE),
		block_name_of(3, block, PIECE - 1), block_name_of(4, block, PIECE - 1),
		block_name_at(3, &source, 0, PIECE), block_name_at(4, &source, 0, PIECE),
		block_name_at(3, &source, 1, PIECE), block_name_at(3, &source, 0, PIECE - 1),
		block_name_at(3, &other, 0, PIECE), name };
	AUTO_BLOCKS b = blocks_open(folder);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		bool same = i + 1 == ARRAY_LEN(others);
		assert_int_equal(blocks_find(b, &others[i], PIECE, got, &form), same);
		assert_false(blocks_find(b, &others[i], PIECE - 1, got, &form));
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(&others[i], &others[k], sizeof(*others));
	}
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

/* As of a build that could not make its file without a name. */
static int left_in(struct image *m, const char *folder, int digit)
{
	char hex[DIGEST_SHA256_HEX + 1] = { 0 };
	memset(hex, digit, DIGEST_SHA256_HEX);
	int fd = open(arena_fmt(m->mem, "%s/.%s.part", folder, hex), O_CREAT | O_WRONLY | O_CLOEXEC,
		0644);
	assert_true(fd >= 0);
	return fd;
}

/* Two that fill the folder at the same time, and a third that finds all of it. */
static void builds_at_once(void **state)
{
	struct image *m = *state;
	some_files(m);
	const char *folder = packed_folder(m), *want = sum_with(m, NULL, 0);
	pid_t other = fork();
	assert_true(other >= 0);
	if (!other)
		_exit(strcmp(sum_as(m, image_path(m, "other"), folder, 2), want) != 0);
	assert_string_equal(sum_with(m, folder, 2), want);
	int status;
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	size_t both = folder_entries(folder);
	assert_in_range(both, 1, 2);
	assert_string_equal(sum_with(m, folder, 1), want);
	assert_int_equal(folder_entries(folder), both);
}

static void collected(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	struct blocks_segments all = { 0 }, none = { 0 };
	add_one(folder, 1);
	add_one(folder, 2);
	AUTO_FD other = open(arena_fmt(m->mem, "%s/other", folder), O_CREAT | O_WRONLY, 0644);
	AUTO_FD left = left_in(m, folder, 'a'), written = left_in(m, folder, 'b');
	assert_true(other >= 0 && left >= 0);
	assert_int_equal(flock(written, LOCK_EX | LOCK_NB), 0);
	OK(blocks_gc(m->mem, folder, true, &all, &m->d));
	assert_int_equal(all.len, 3);
	assert_int_equal(folder_entries(folder), 5);
	all.len = 0;
	OK(blocks_gc(m->mem, folder, false, &all, &m->d));
	assert_int_equal(all.len, 3);
	assert_int_equal(folder_entries(folder), 2);
	OK(blocks_gc(m->mem, image_path(m, "nowhere"), false, &none, &m->d));
	assert_int_equal(none.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(bytes_stay_the_same),
		IMAGE_TEST(damage_is_noticed),
		IMAGE_TEST(lies_are_noticed),
		IMAGE_TEST(known_by_their_place),
		IMAGE_TEST(useless_go_first),
		IMAGE_TEST(other_names),
		IMAGE_TEST(builds_at_once),
		IMAGE_TEST(collected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
