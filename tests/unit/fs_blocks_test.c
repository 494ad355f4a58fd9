/* Blocks of earlier builds: found again by their names alone, and not kept for ever. */
#include "tests/unit/blocks_test.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PIECE = 3000 };

static struct block_name name_of(uint64_t how, const void *bytes, size_t len)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	block_name_begin(h, how);
	block_name_add_bytes(h, bytes, len);
	return block_name_take(h);
}

static struct block_name name_at(
	uint64_t how, const struct digest *source, uint64_t offset, size_t len)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	block_name_begin(h, how);
	block_name_add_place(h, source, offset, len);
	return block_name_take(h);
}

/* Bytes that spell a place are not named like the bytes at that place. */
static void bytes_are_no_place(void **state)
{
	(void)state;
	struct digest source = { .alg = DIGEST_SHA256, .bytes = { 1, 2, 3 } };
	uint8_t spelt[16 + sizeof(source.bytes)] = { 5, [8] = DIGEST_SHA256 };
	memcpy(spelt + 16, source.bytes, sizeof(source.bytes));
	const struct block_name bytes = name_of(3, spelt, sizeof(spelt));
	const struct block_name place = name_at(3, &source, 5, sizeof(spelt));
	assert_memory_not_equal(&bytes, &place, sizeof(place));
}

static void add_one(const char *folder, unsigned i)
{
	struct blocks *b = blocks_open(folder);
	char block[PIECE] = { (char)i, (char)(i >> 8), 1 };
	const struct block_name name = name_of(3, block, sizeof(block));
	const struct block_form form = { 100, blocks_sum(block, 100) };
	blocks_add(b, &name, sizeof(block), block, &form);
	blocks_close(&b);
}

static void useless_go_first(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	char block[PIECE] = { 0, 0, 1 }, got[PIECE];
	const struct block_name name = name_of(3, block, sizeof(block));
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

static struct block_name numbered(uint64_t i, uint64_t which)
{
	return (struct block_name){ { i * 0x9E3779B97F4A7C15, which } };
}

/* Memory has an end, however large roots are, and however many builds there were. */
static void not_too_many(void **state)
{
	struct image *m = *state;
	const char *folder = packed_folder(m);
	const struct block_form dense = { 0, 1 }, small = { 1, 1 };
	struct block_form form;
	struct blocks *both[] = { blocks_open(folder), blocks_open(folder) };
	for (uint64_t which = 0; which < ARRAY_LEN(both); which++) {
		for (uint64_t i = 0; i < BLOCKS_KNOWN_MAX + 10; i++) {
			const struct block_name name = numbered(i, which);
			blocks_add(both[which], &name, PIECE, "",
				i < BLOCKS_KNOWN_MAX ? &dense : &small);
			assert_int_equal(blocks_find(both[which], &name, PIECE, NULL, &form),
				i < BLOCKS_KNOWN_MAX);
		}
		blocks_close(&both[which]);
	}
	/* Nothing is kept that is not found again. */
	struct blocks_segments all = { 0 };
	OK(blocks_gc(m->mem, folder, true, &all, &m->d));
	assert_int_equal(all.len, 2);
	assert_int_equal(all.items[0].size, (uint64_t)BLOCKS_KNOWN_MAX * 48 + 16);
	AUTO_BLOCKS b = blocks_open(folder);
	size_t found = 0;
	for (uint64_t i = 0; i < 2 * BLOCKS_KNOWN_MAX; i++) {
		const struct block_name name = numbered(i / 2, i % 2);
		found += blocks_find(b, &name, PIECE, NULL, &form);
	}
	assert_int_equal(found, BLOCKS_KNOWN_MAX);
	const struct block_name name = numbered(0, 2);
	blocks_add(b, &name, PIECE, NULL, &dense);
	assert_false(blocks_find(b, &name, PIECE, NULL, &form));
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
	const struct block_name name = name_of(3, block, PIECE);
	add_one(folder, 1);
	block[PIECE - 1] = 1;
	const struct block_name others[] = { name_of(3, block, PIECE), name_of(3, block, PIECE - 1),
		name_of(4, block, PIECE - 1), name_at(3, &source, 0, PIECE),
		name_at(4, &source, 0, PIECE), name_at(3, &source, 1, PIECE),
		name_at(3, &source, 0, PIECE - 1), name_at(3, &other, 0, PIECE), name };
	AUTO_BLOCKS b = blocks_open(folder);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		bool same = i + 1 == ARRAY_LEN(others);
		assert_int_equal(blocks_find(b, &others[i], PIECE, got, &form), same);
		assert_false(blocks_find(b, &others[i], PIECE - 1, got, &form));
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(&others[i], &others[k], sizeof(*others));
	}
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
		cmocka_unit_test(bytes_are_no_place),
		IMAGE_TEST(useless_go_first),
		IMAGE_TEST(not_too_many),
		IMAGE_TEST(other_names),
		IMAGE_TEST(builds_at_once),
		IMAGE_TEST(collected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
