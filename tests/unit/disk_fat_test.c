/* FAT volumes, judged by fsck.fat and read back by mtools. */
#include "tests/unit/fs_test.h"

#include "base/endian.h"
#include "mkimage/disk/fat_impl.h"

#define FAT_SHA256 "adac01ee60b7a4446442cb6a3dcf264ebf4d38faa10235e805c750f50ac0f979"

enum { KERNEL_SIZE = 3000001, MIB = 1 << 20 };

static const char *write_fat(struct image *m, const char *name, const struct fat_options *o)
{
	char *bytes = sample_bytes(m->mem, KERNEL_SIZE, 5);
	OK(out_truncate(m->data, 0, &m->d));
	OK(out_write(m->data, bytes, KERNEL_SIZE, &m->d));
	const struct disk_file files[] = {
		{ "EFI/BOOT/BOOTX64.EFI", { .fd = out_fd(m->data), .size = KERNEL_SIZE } },
		{ "LOADER/NOTE.TXT", { .fd = -1, .bytes = "hello\n", .size = 6 } },
		{ "EMPTY", { .fd = -1, .bytes = "", .size = 0 } },
	};
	AUTO_OUT to = NULL;
	const char *path = image_path(m, name);
	OK(out_create(path, 0644, &to, &m->d));
	OK(fat_write(files, ARRAY_LEN(files), o, to, &m->d));
	if (o->size)
		assert_int_equal(out_size(to), o->size);
	OK(out_commit(&to, &m->d));
	return path;
}

static void judged(struct image *m, const char *name, const char *kind)
{
	const char *said = TOOL("fsck.fat", "-n", "-v", name);
	if (!strstr(said, kind))
		fail_msg("no \"%s\" in:\n%s", kind, said);
	(void)TOOL("mcopy", "-n", "-i", name, "::EFI/BOOT/BOOTX64.EFI", "got.efi");
	assert_string_equal(TOOL("mtype", "-i", name, "::LOADER/NOTE.TXT"), "hello\n");
	char *got;
	size_t len;
	OK(file_read(m->mem, image_path(m, "got.efi"), 1 << 24, &got, &len, &m->d));
	assert_int_equal(len, KERNEL_SIZE);
	assert_memory_equal(got, sample_bytes(m->mem, KERNEL_SIZE, 5), KERNEL_SIZE);
	assert_int_equal(unlink(image_path(m, "got.efi")), 0);
}

static void smallest(void **state)
{
	struct image *m = *state;
	uint64_t at[3];
	const struct fat_options o = { .label = "ESP", .epoch = SAMPLE_TIME, .offsets = at };
	const char *path = write_fat(m, "f", &o);
	judged(m, "f", "16 bit entries");
	const char *list = TOOL("mdir", "-i", "f", "::EFI/BOOT");
	assert_non_null(strstr(list, "Volume in drive : is ESP"));
	assert_non_null(strstr(list, "BOOTX64  EFI   3000001 2023-11-14  22:13"));

	char *bytes;
	size_t len;
	OK(file_read(m->mem, path, 1 << 24, &bytes, &len, &m->d));
	assert_memory_equal(bytes + at[0], sample_bytes(m->mem, KERNEL_SIZE, 5), KERNEL_SIZE);
	assert_memory_equal(bytes + at[1], "hello\n", 6);
	assert_int_equal(at[0] % 2048, 0);
	/* The same again is the same. */
	assert_string_equal(file_sha256(m, write_fat(m, "g", &o)), file_sha256(m, path));
	assert_string_equal(file_sha256(m, path), FAT_SHA256);
}

static void sizes(void **state)
{
	struct image *m = *state;
	static const struct {
		uint64_t size;
		const char *kind;
	} cases[] = {
		{ 6 * MIB, "16 bit entries" },
		{ 34 * MIB, "16 bit entries" },
		{ 100 * MIB + 512, "16 bit entries" },
		{ (uint64_t)511 * MIB, "16 bit entries" },
		{ (uint64_t)512 * MIB, "32 bit entries" },
		{ (uint64_t)3000 * MIB, "32 bit entries" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fat_options o = { .label = "A LABEL 11B", .size = cases[i].size };
		(void)write_fat(m, "f", &o);
		judged(m, "f", cases[i].kind);
	}
}

/* Names that are not of eight and three upper-case letters, as mtools reads them. */
static void long_names(void **state)
{
	struct image *m = *state;
	char longest[256];
	memset(longest, 'n', 255);
	longest[255] = '\0';
	static const char *const paths[] = { "loader/loader.conf", "loader/loader.config",
		"loader/thirteen.char", "loader/thirteen.chars", "a.b+c 1.efi", ".hidden",
		"overlays/vc4-kms-v3d.dtbo", "overlays/vc4-kms-v3d-pi4.dtbo",
		"LOADER/LOADER~1.CON" };
	struct disk_file files[ARRAY_LEN(paths) + 1];
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		files[i] = (struct disk_file){ paths[i],
			{ .fd = -1, .bytes = paths[i], .size = strlen(paths[i]) } };
	files[ARRAY_LEN(paths)] = (struct disk_file){ longest,
		{ .fd = -1, .bytes = "x", .size = 1 } };
	AUTO_OUT to = NULL;
	OK(out_create(image_path(m, "f"), 0644, &to, &m->d));
	OK(fat_write(files, ARRAY_LEN(files), &(struct fat_options){ .label = "X" }, to, &m->d));
	OK(out_commit(&to, &m->d));
	(void)TOOL("fsck.fat", "-n", "f");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_string_equal(
			TOOL("mtype", "-i", "f", arena_fmt(m->mem, "::%s", paths[i])), paths[i]);
	assert_string_equal(TOOL("mtype", "-i", "f", arena_fmt(m->mem, "::%s", longest)), "x");
}

/* What tells volumes apart: two that are to be one another's update, and whoever reads it twice. */
static void numbers(void **state)
{
	struct image *m = *state;
	static const struct {
		const char *id, *bytes;
		unsigned same_as;
	} all[] = { { NULL, "a", 0 }, { NULL, "b", 1 }, { NULL, "a", 0 }, { "1", "a", 3 },
		{ "1", "b", 3 }, { "2", "a", 5 } };
	uint32_t numbers[ARRAY_LEN(all)];
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct disk_file file = { "F",
			{ .fd = -1, .bytes = all[i].bytes, .size = 1 } };
		uint8_t number[4];
		AUTO_OUT to = NULL;
		OK(out_scratch(m->folder, &to, &m->d));
		OK(fat_write(&file, 1, &(struct fat_options){ .label = "X", .id = all[i].id }, to,
			&m->d));
		assert_int_equal(fd_pread_full(out_fd(to), number, 4, 39), 4);
		numbers[i] = get_le32(number);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(
				numbers[i] == numbers[k], all[i].same_as == all[k].same_as);
	}
}

/* The number of clusters stays away from where drivers disagree, whatever the size. */
static void borders(void **state)
{
	struct image *m = *state;
	struct fat_nodes n = { .len = 0 };
	const struct disk_file file = { "A", { .fd = -1, .bytes = "x", .size = 1 } };
	OK(fat_nodes_build(m->mem, &file, 1, &n, &m->d));
	for (uint64_t size = 3 * MIB; size < (uint64_t)600 * MIB; size += size / 50 / 512 * 512) {
		struct fat_shape s;
		OK(fat_layout(&n, size, false, &s, &m->d));
		assert_true(s.total * FAT_SECTOR <= size);
		assert_true(s.total * FAT_SECTOR > size - size / 100 - 2 * 32768);
		if (s.fat32)
			assert_in_range(s.clusters, 65525 + 16, 0x0FFFFFF5);
		else
			assert_in_range(s.clusters, 4085 + 16, 65524 - 16);
	}
}

static void refused(struct image *m, const char *path, uint64_t file_size, uint64_t size)
{
	const struct disk_file files[] = {
		{ "A/B", { .fd = -1, .bytes = "x", .size = 1 } },
		{ path, { .fd = out_fd(m->data), .size = file_size } },
	};
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	const struct fat_options o = { .label = "X", .size = size };
	diags_init(&m->d, m->mem);
	assert_int_equal(fat_write(files, 2, &o, to, &m->d), -1);
	assert_int_equal(m->d.errors, 1);
	assert_int_equal(m->d.last->kind, KIND_INPUT);
}

static void refusals(void **state)
{
	struct image *m = *state;
	static const char *const paths[] = { "", "A", "A/B", "A/B/C", "/X", "X/", "A//X", "a/b",
		"A/", "X ", " X", "X.", "..", ".", "A:B", "A\\B", "A?", "D\xc3\x84", "A\tB" };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		refused(m, paths[i], 0, 0);
	char name[258];
	memset(name, 'n', 256);
	name[256] = '\0';
	refused(m, name, 0, 0);
	refused(m, "BIG", (uint64_t)1 << 32, 0);
	assert_string_equal(m->d.last->what,
		"\"BIG\" has 4294967296 bytes, 1 more than a file may have on FAT");
	refused(m, "BIG", 40 * MIB, 34 * MIB);
	refused(m, "X", 0, 1 * MIB);
	struct diags *d = &m->d;
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, d));
	assert_int_equal(
		fat_write(NULL, 0, &(struct fat_options){ .label = "TWELVE BYTES" }, to, d), -1);
}

static int write_it(struct image *m, struct out *to)
{
	const struct disk_file file = { "A", { .fd = out_fd(m->data), .size = KERNEL_SIZE } };
	return fat_write(&file, 1, &(struct fat_options){ .label = "X" }, to, &m->d);
}

static void full_disk(void **state)
{
	struct image *m = *state;
	OK(out_skip(m->data, KERNEL_SIZE, &m->d));
	each_full_disk(m, KERNEL_SIZE, write_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(smallest),
		IMAGE_TEST(sizes),
		IMAGE_TEST(numbers),
		IMAGE_TEST(borders),
		IMAGE_TEST(long_names),
		IMAGE_TEST(refusals),
		IMAGE_TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
