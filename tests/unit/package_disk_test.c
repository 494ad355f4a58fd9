/* The table of partitions that the step `disk` writes: whole after a power cut at any write. */
#include "tests/unit/base_test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static ssize_t cut_pwrite(int fd, const void *from, size_t len, off_t at);
#define pwrite	      cut_pwrite
#define fail	      disk_fail
#define fdatasync(fd) 0
#include "packages/disk/gpt.c"
#undef pwrite
#include "packages/disk/layout.c"
#include "packages/disk/say.c"
#undef fail

enum { SMALL = 64 << 11, LARGE = 200 << 11, WRITES = 7, WHOLE = 1000 };

/* Writes before the power goes; the one then under way gets so many sectors. */
static unsigned writes_left, sectors_left, writes;

static ssize_t cut_pwrite(int fd, const void *from, size_t len, off_t at)
{
	writes++;
	if (writes_left == 0)
		return -1;
	if (--writes_left == 0) {
		size_t some = sectors_left * GPT_SECTOR < len ? sectors_left * GPT_SECTOR : len;
		assert_int_equal(pwrite(fd, from, some, at), some);
		return -1;
	}
	return pwrite(fd, from, len, at);
}

static void power(unsigned writes_until, unsigned sectors)
{
	writes_left = writes_until;
	sectors_left = sectors;
	writes = 0;
}

static int disk_new(struct gpt *g, uint64_t sectors)
{
	FILE *f = tmpfile();
	assert_non_null(f);
	int fd = dup(fileno(f));
	fclose(f);
	assert_int_equal(ftruncate(fd, (off_t)sectors * GPT_SECTOR), 0);
	*g = (struct gpt){ .fd = fd, .sectors = sectors };
	return fd;
}

static void entry(
	struct gpt *g, unsigned i, uint8_t type, const char *name, uint64_t first_mib, uint64_t mib)
{
	g->entry[i] = (struct gpt_entry){ .first = first_mib * ALIGN,
		.last = (first_mib + mib) * ALIGN - 1 };
	memset(g->entry[i].type, type, 16);
	memset(g->entry[i].guid, (int)i + 1, 16);
	gpt_name(&g->entry[i], name);
}

/* As the build makes it: a boot partition, root and hashes of slot A. */
static int disk_shipped(struct gpt *g)
{
	int fd = disk_new(g, SMALL);
	entry(g, 0, 0xee, "esp", 1, 32);
	memcpy(g->entry[0].type, type_esp, 16);
	entry(g, 1, 0xaa, "root-a", 33, 20);
	entry(g, 2, 0xbb, "root-a-verity", 53, 2);
	power(WHOLE, 0);
	assert_int_equal(gpt_write(g), 0);
	return fd;
}

static void lay_out(struct gpt *g)
{
	struct settings s = { .slots = 2, .grow = true };
	assert_int_equal(layout_slots(g), LAYOUT_CHANGED);
	assert_int_equal(layout_add_data(g, &s), LAYOUT_CHANGED);
}

static bool same(const struct gpt *a, const struct gpt *b)
{
	return memcmp(a->entry, b->entry, sizeof(a->entry)) == 0;
}

static void a_table_is_old_or_new(void **state)
{
	static struct gpt old, new, seen;
	(void)state;
	for (unsigned at = 1; at <= WRITES; at++) {
		for (unsigned sectors = 0; sectors <= 32;
			sectors += at == 2 || at == 4 || at >= 6 ? 1 : 5) {
			int fd = disk_shipped(&old);
			assert_int_equal(ftruncate(fd, (off_t)LARGE * GPT_SECTOR), 0);
			assert_int_equal(gpt_read(&new, fd, LARGE), 0);
			assert_int_equal(new.known, SMALL);
			lay_out(&new);
			power(at, sectors);
			assert_int_equal(gpt_write(&new), at < WRITES ? -1 : 0);
			assert_int_equal(gpt_read(&seen, fd, LARGE), 0);
			assert_true(same(&seen, &old) || same(&seen, &new));
			assert_true(at > 4 ? same(&seen, &new) : true);
			/* The next boot ends it. */
			memcpy(seen.entry, new.entry, sizeof(new.entry));
			power(WHOLE, 0);
			assert_int_equal(gpt_write(&seen), 0);
			assert_int_equal(gpt_read(&seen, fd, LARGE), 0);
			assert_true(same(&seen, &new) && seen.known == LARGE);
			close(fd);
		}
	}
}

static void the_first_boot_lays_out(void **state)
{
	static struct gpt g;
	struct settings s = { .slots = 2, .size = 30 << 20 };
	(void)state;
	close(disk_shipped(&g));
	assert_true(layout_is_ours(&g));
	assert_int_equal(layout_slots(&g), LAYOUT_FAILED); /* nothing is free */
	g.sectors = LARGE;
	assert_int_equal(layout_slots(&g), LAYOUT_CHANGED);
	assert_int_equal(layout_slots(&g), LAYOUT_SAME);
	assert_int_equal(layout_add_data(&g, &s), LAYOUT_CHANGED);
	assert_int_equal(layout_add_data(&g, &s), LAYOUT_SAME);
	const struct gpt_entry *b = &g.entry[3], *hashes = &g.entry[4], *data = &g.entry[5];
	assert_true(gpt_is_named(b, "_empty") && b->type[0] == 0xaa && b->first == 55 * ALIGN);
	assert_true(gpt_is_named(hashes, "_empty") && hashes->type[0] == 0xbb &&
		    hashes->first == 75 * ALIGN);
	assert_true(gpt_is_named(data, NAME_NEW) && data == layout_data(&g));
	assert_int_equal(data->first, 77 * ALIGN);
	assert_int_equal(data->last - data->first + 1, 30 * ALIGN);
	assert_int_equal(layout_grow_data(&g, &s), LAYOUT_SAME); /* of a size that is given */
	s.grow = true;
	assert_int_equal(layout_grow_data(&g, &s), LAYOUT_CHANGED);
	assert_int_equal(data->last, 199 * ALIGN - 1); /* the last MiB has the other table */
	assert_int_equal(layout_grow_data(&g, &s), LAYOUT_SAME);
	entry(&g, 6, 0xcc, "behind", 300, 10);
	g.sectors = 2 * LARGE;
	assert_int_equal(layout_grow_data(&g, &s), LAYOUT_SAME);
}

static void no_room_is_said(void **state)
{
	static struct gpt g;
	struct settings s = { .slots = 2, .size = 500u << 20, .grow = true };
	(void)state;
	close(disk_shipped(&g));
	g.sectors = LARGE;
	assert_int_equal(layout_add_data(&g, &s), LAYOUT_FAILED);
	assert_null(layout_data(&g));
}

static void what_is_not_ours_stays(void **state)
{
	static struct gpt g, seen;
	uint8_t sector[GPT_SECTOR];
	int fd = disk_new(&g, SMALL);
	(void)state;
	assert_int_equal(gpt_read(&seen, fd, SMALL), 1);
	close(fd);
	fd = disk_shipped(&g);
	assert_int_equal(gpt_read(&seen, fd, SMALL / 2), -1); /* a smaller disk than it was */
	for (unsigned at = 0; at < HEADER; at++) {
		assert_int_equal(pread(fd, sector, sizeof(sector), GPT_SECTOR), sizeof(sector));
		sector[at] ^= 0x10;
		assert_int_equal(pwrite(fd, sector, sizeof(sector), GPT_SECTOR), sizeof(sector));
		assert_int_not_equal(gpt_read(&seen, fd, SMALL), 0);
		sector[at] ^= 0x10;
		assert_int_equal(pwrite(fd, sector, sizeof(sector), GPT_SECTOR), sizeof(sector));
	}
	assert_int_equal(gpt_read(&seen, fd, SMALL), 0);
	entry(&seen, 3, 0xaa, "over", 34, 2);
	power(WHOLE, 0);
	assert_int_equal(gpt_write(&seen), -1);
	assert_int_equal(writes, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_is_old_or_new),
		TEST(the_first_boot_lays_out),
		TEST(no_room_is_said),
		TEST(what_is_not_ours_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
