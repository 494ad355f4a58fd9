/* Roots that are written with blocks of earlier builds. */
#ifndef TESTS_UNIT_BLOCKS_TEST_H
#define TESTS_UNIT_BLOCKS_TEST_H

#include "tests/unit/fs_test.h"

#include "mkimage/fs/blocks.h"

static inline const char *packed_folder(struct image *m)
{
	const char *folder = image_path(m, "packed");
	OK(dir_make(folder, 0755, &m->d));
	return folder;
}

/* Files of all sizes, some of them equal, some that do not compress. */
static inline void some_files(struct image *m)
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

static inline const char *sum_as(
	struct image *m, const char *path, const char *folder, unsigned threads)
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

static inline const char *sum_with(struct image *m, const char *folder, unsigned threads)
{
	return sum_as(m, image_path(m, "image"), folder, threads);
}

/* The one file of the folder. */
static inline const char *only_segment(struct image *m, const char *folder)
{
	struct blocks_segments all = { 0 };
	char text[DIGEST_TEXT_SIZE];
	OK(blocks_gc(m->mem, folder, true, &all, &m->d));
	assert_int_equal(all.len, 1);
	return arena_fmt(m->mem, "%s/%s", folder, digest_hex(&all.items[0].name, text));
}

#endif
