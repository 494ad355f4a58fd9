/* qcow2, VMDK and VHD, judged by qemu-img: sound, and the same disk as the raw one. */
#include "tests/unit/fs_test.h"

#include "mkimage/out/disk_image.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

enum { MIB = 1 << 20, PIECE = 1 << 16 };

/* Over the border of a table of each format: what is empty, dense, random, and a single byte. */
static struct raw_disk make_raw(struct image *m)
{
	static const uint8_t id[16] = "0123456789abcdef";
	AUTO_OUT to = NULL;
	OK(out_create(image_path(m, "raw"), 0644, &to, &m->d));
	char *noise = sample_bytes(m->mem, 3 * MIB, 7), *text = arena_alloc(m->mem, 2 * MIB);
	memset(text, 'x', 2 * MIB);
	OK(out_write(to, noise, 3 * MIB, &m->d));
	OK(out_write(to, text, 2 * MIB - 512, &m->d));
	OK(out_skip(to, 7 * MIB, &m->d));
	OK(out_write(to, text, PIECE + 1, &m->d));
	OK(out_skip(to, (uint64_t)512 * MIB, &m->d));
	OK(out_write(to, noise, PIECE / 2, &m->d));
	OK(out_write(to, text, 1, &m->d));
	OK(out_skip(to, 600 * (uint64_t)MIB - out_size(to) - 1, &m->d));
	OK(out_write(to, "e", 1, &m->d));
	OK(out_commit(&to, &m->d));
	int fd = open(image_path(m, "raw"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return (struct raw_disk){
		.fd = fd, .size = (uint64_t)600 * MIB, .epoch = SAMPLE_TIME, .id = id
	};
}

static struct raw_disk raw;

static int write_zlib(struct image *m, struct out *to)
{
	return qcow2_write(&raw, QCOW2_ZLIB, to, &m->d);
}

static int write_zstd(struct image *m, struct out *to)
{
	return qcow2_write(&raw, QCOW2_ZSTD, to, &m->d);
}

static int write_vmdk(struct image *m, struct out *to)
{
	return vmdk_write(&raw, "t.vmdk", to, &m->d);
}

static int write_fixed(struct image *m, struct out *to)
{
	return vhd_write(&raw, false, to, &m->d);
}

static int write_dynamic(struct image *m, struct out *to)
{
	return vhd_write(&raw, true, to, &m->d);
}

static const struct {
	int (*write)(struct image *m, struct out *to);
	const char *format;
	uint64_t most; /* bytes on the disk */
	bool checked;  /* qemu-img knows how */
} writers[] = {
	{ write_zlib, "qcow2", 4 * MIB, true },
	{ write_zstd, "qcow2", 4 * MIB, true },
	{ write_vmdk, "vmdk", 4 * MIB, true },
	{ write_fixed, "vpc", 7 * MIB, false },
	{ write_dynamic, "vpc", 15 * MIB, false },
};

static const char *write_as(struct image *m, size_t i, const char *name)
{
	AUTO_OUT to = NULL;
	OK(out_create(image_path(m, name), 0644, &to, &m->d));
	OK(writers[i].write(m, to));
	OK(out_commit(&to, &m->d));
	return image_path(m, name);
}

static void same_disk(void **state)
{
	struct image *m = *state;
	raw = make_raw(m);
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		const char *path = write_as(m, i, "t"), *format = writers[i].format;
		const char *info = TOOL("qemu-img", "info", "-f", format, "t");
		if (!strstr(info, "600 MiB (629145600 bytes)"))
			fail_msg("another size: %s", info);
		if (writers[i].checked) {
			const char *said = TOOL("qemu-img", "check", "-f", format, "t");
			assert_non_null(strstr(said, "No errors were found"));
		}
		(void)TOOL("qemu-img", "compare", "-f", "raw", "-F", format, "raw", "t");
		struct stat st;
		assert_int_equal(stat(path, &st), 0);
		assert_in_range(st.st_blocks * 512, 1, writers[i].most);
	}
	close(raw.fd);
}

/* A disk of zeros, and one with no hole that the file system knows of. */
static void empty_disk(void **state)
{
	struct image *m = *state;
	AUTO_OUT to = NULL;
	OK(out_create(image_path(m, "raw"), 0644, &to, &m->d));
	OK(out_write(to, arena_alloc(m->mem, MIB), MIB, &m->d));
	OK(out_commit(&to, &m->d));
	int fd = open(image_path(m, "raw"), O_RDONLY | O_CLOEXEC);
	static const uint8_t id[16];
	raw = (struct raw_disk){ .fd = fd, .size = MIB, .id = id };
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		(void)write_as(m, i, "t");
		(void)TOOL("qemu-img", "compare", "-f", "raw", "-F", writers[i].format, "raw", "t");
	}
	close(fd);
}

/* GNU tar unpacks the disk, and finds its holes. */
static void sparse_tar(void **state)
{
	struct image *m = *state;
	AUTO_OUT to = NULL;
	raw = make_raw(m);
	OK(out_create(image_path(m, "t.tar"), 0644, &to, &m->d));
	OK(sparse_tar_write(&raw, "disk.raw", to, &m->d));
	assert_in_range(out_size(to), 1, 6 * MIB);
	OK(out_commit(&to, &m->d));
	assert_non_null(
		strstr(TOOL("tar", "-tvf", "t.tar"), "629145600 2023-11-14 22:13 disk.raw"));
	(void)TOOL("tar", "-xf", "t.tar");
	(void)TOOL("cmp", "raw", "disk.raw");
	close(raw.fd);
}

/* One processor or all: the same bytes. */
static void any_threads(void **state)
{
	struct image *m = *state;
	cpu_set_t before, one;
	raw = make_raw(m);
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	for (size_t i = 0; i < 3; i++) {
		const char *all = write_as(m, i, "all");
		CPU_ZERO(&one);
		for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++) {
			if (CPU_ISSET(cpu, &before))
				CPU_SET(cpu, &one);
		}
		assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
		assert_string_equal(file_sha256(m, all), file_sha256(m, write_as(m, i, "one")));
		assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	}
	close(raw.fd);
}

static void limits(void **state)
{
	struct image *m = *state;
	static const uint8_t id[16];
	AUTO_OUT to = NULL;
	raw = (struct raw_disk){ .fd = -1, .size = (uint64_t)2041 << 30, .id = id };
	OK(out_scratch(m->folder, &to, &m->d));
	assert_int_equal(vhd_write(&raw, true, to, &m->d), -1);
	assert_string_equal(
		m->d.last->what, "the disk has 2089984 MiB, 1024 more than a VHD may have");
	raw.size = (uint64_t)8 << 30;
	assert_int_equal(sparse_tar_write(&raw, "disk.raw", to, &m->d), -1);
	assert_string_equal(m->d.last->what,
		"the disk has 8589934592 bytes, 1 more than a file of its tar may have");
}

static void full_disk(void **state)
{
	struct image *m = *state;
	raw = make_raw(m);
	for (size_t i = 0; i < ARRAY_LEN(writers); i++)
		each_full_disk(m, 300000, writers[i].write);
	close(raw.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(same_disk),
		IMAGE_TEST(empty_disk),
		IMAGE_TEST(sparse_tar),
		IMAGE_TEST(any_threads),
		IMAGE_TEST(limits),
		IMAGE_TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
