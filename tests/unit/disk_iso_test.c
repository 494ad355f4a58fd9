/* The hybrid ISO: its four faces, judged by sfdisk, libarchive and fsck.fat. Booting it is
 * tests/boot's. */
#include "tests/unit/disk_test.h"

#include "mkimage/disk/gpt_impl.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#define ROOT_GUID "01234567-89ab-8def-8123-456789abcdef"

#define ISO_SHA256 "d2b3eed87c2b7aef727f594e2e200a740a515ae0edf1c419b6666cddedc644ba"

enum { ROOT_LEN = 50001, SECTOR = 2048 };

struct made {
	const char *path;
	uint8_t *b;
	size_t len;
};

static const char *const loaders[] = { "/usr/lib/ISOLINUX/isolinux.bin",
	"/usr/lib/ISOLINUX/isohdpfx.bin", "/usr/lib/syslinux/modules/bios/ldlinux.c32" };

static void need_loaders(void)
{
	for (size_t i = 0; i < ARRAY_LEN(loaders); i++) {
		if (access(loaders[i], R_OK) < 0) {
			print_message("no %s on this machine\n", loaders[i]);
			skip();
		}
	}
}

static struct iso_options options(struct image *m, const char *arch, struct out *esp, bool share)
{
	struct part kernel, initrd, shared_kernel, shared_initrd;
	make_payload(m, &kernel, &initrd);
	uint16_t machine = strcmp(arch, "arm64") == 0 ? STUB_ARM64 : STUB_X64;
	const struct esp_options e = { .arch = arch,
		.epoch = SAMPLE_TIME,
		.scratch = m->folder,
		.uki = { .stub = write_bytes(m, "stub", make_stub(m->mem, machine), STUB_LEN),
			.cmdline = "quiet",
			.os_release = "ID=slipway\n",
			.kernel = kernel,
			.initrd = initrd } };
	OK(esp_write(m->mem, &e, esp, &shared_kernel, &shared_initrd, &m->d));
	return (struct iso_options){ .volume_id = "SLIPWAY_1",
		.epoch = SAMPLE_TIME,
		.arch = arch,
		.cmdline = "console=ttyS0 quiet",
		.kernel = share ? shared_kernel : kernel,
		.initrd = share ? shared_initrd : initrd,
		.esp = { .fd = out_fd(esp), .size = out_size(esp) },
		.root = { .fd = -1, .bytes = sample_bytes(m->mem, ROOT_LEN, 4), .size = ROOT_LEN },
		.root_guid = ROOT_GUID,
		.scratch = m->folder };
}

static struct made make(struct image *m, const char *name, const char *arch, bool share)
{
	AUTO_OUT esp = NULL;
	AUTO_OUT to = NULL;
	OK(out_truncate(m->data, 0, &m->d));
	OK(out_scratch(m->folder, &esp, &m->d));
	const struct iso_options o = options(m, arch, esp, share);
	struct made made = { .path = image_path(m, name) };
	OK(out_create(made.path, 0644, &to, &m->d));
	OK(iso_write(m->mem, &o, to, &m->d));
	OK(out_commit(&to, &m->d));
	char *bytes;
	OK(file_read(m->mem, made.path, 1 << 26, &bytes, &made.len, &m->d));
	made.b = (uint8_t *)bytes;
	return made;
}

static void iso_file_is(
	struct image *m, const char *iso, const char *name, const void *bytes, size_t len)
{
	struct archive *r = archive_read_new();
	struct archive_entry *e;
	archive_read_support_format_iso9660(r);
	assert_int_equal(archive_read_open_filename(r, iso, 65536), ARCHIVE_OK);
	char *got = arena_alloc(m->mem, len + 1);
	bool found = false;
	while (archive_read_next_header(r, &e) == ARCHIVE_OK) {
		if (strcmp(archive_entry_pathname(e), name) != 0)
			continue;
		found = true;
		assert_int_equal(archive_entry_mtime(e), SAMPLE_TIME);
		assert_int_equal(archive_read_data(r, got, len + 1), len);
		assert_memory_equal(got, bytes, len);
	}
	archive_read_free(r);
	if (!found)
		fail_msg("no \"%s\" in the ISO", name);
}

static void iso_face(void **state)
{
	struct image *m = *state;
	need_loaders();
	const char *payload = sample_bytes(m->mem, KERNEL_LEN + INITRD_LEN, 9);
	static const char cfg[] =
		"SERIAL 0 115200\nDEFAULT slipway\nPROMPT 0\nTIMEOUT 0\nLABEL slipway\n"
		"  LINUX kernel\n  INITRD initrd\n  APPEND console=ttyS0 quiet\n";
	struct made apart = make(m, "apart.iso", "amd64", false);
	struct made shared = make(m, "shared.iso", "amd64", true);
	const struct made *both[] = { &apart, &shared };
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const char *path = both[i]->path;
		iso_file_is(m, path, "ISOLINUX/KERNEL", payload, KERNEL_LEN);
		iso_file_is(m, path, "ISOLINUX/INITRD", payload + KERNEL_LEN, INITRD_LEN);
		iso_file_is(m, path, "ISOLINUX/ISOLINUX.CFG", cfg, sizeof(cfg) - 1);
	}
	/* The kernel is there once. */
	size_t times = 0;
	for (const uint8_t *p = shared.b;
		(p = memmem(p, shared.len - (size_t)(p - shared.b), payload, 64)); p++)
		times++;
	assert_int_equal(times, 1);
	/* Volume name and size. */
	assert_memory_equal(apart.b + 16 * SECTOR + 40, "SLIPWAY_1                       ", 32);
	assert_int_equal(get_le32(apart.b + 16 * SECTOR + 80), apart.len / SECTOR);
	assert_memory_equal(apart.b + 16 * SECTOR + 813, "2023111422132000", 17);
}

static void partitions(void **state)
{
	struct image *m = *state;
	need_loaders();
	struct made i = make(m, "t.iso", "amd64", true);
	assert_non_null(strstr(TOOL("sfdisk", "--verify", "t.iso"), "No errors detected"));
	const char *dump = TOOL("sfdisk", "-d", "t.iso");
	assert_non_null(strstr(dump, "uuid=01234567-89AB-8DEF-8123-456789ABCDEF, name=\"root\""));
	assert_non_null(strstr(dump, "type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"));
	assert_non_null(strstr(dump, "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B"));
	/* As init reads it: header and entries have their sums. */
	uint8_t header[92];
	memcpy(header, i.b + 512, sizeof(header));
	uint32_t sum = get_le32(header + 16);
	put_le32(header + 16, 0);
	assert_int_equal(crc32(0, header, 92), sum);
	assert_int_equal(crc32(0, i.b + 1024, 128 * 128), get_le32(header + 88));
	assert_memory_equal(i.b + i.len - 33 * 512, i.b + 1024, 128 * 128);
	const uint8_t *root = i.b + 1024 + 128;
	assert_memory_equal(
		i.b + get_le64(root + 32) * 512, sample_bytes(m->mem, ROOT_LEN, 4), ROOT_LEN);
	const uint8_t *esp = i.b + 1024;
	uint64_t first = get_le64(esp + 32), last = get_le64(esp + 40);
	(void)write_bytes(m, "esp", i.b + first * 512, (last - first + 1) * 512);
	(void)TOOL("fsck.fat", "-n", "esp");
}

static void boot_records(void **state)
{
	struct image *m = *state;
	need_loaders();
	struct made i = make(m, "t.iso", "amd64", true);
	const uint8_t *record = i.b + 17 * SECTOR,
		      *catalogue = i.b + (size_t)get_le32(record + 71) * SECTOR;
	assert_memory_equal(record, "\0CD001\1EL TORITO SPECIFICATION", 31);
	uint16_t sum = 0;
	for (size_t at = 0; at < 32; at += 2)
		sum = (uint16_t)(sum + get_le16(catalogue + at));
	assert_int_equal(sum, 0);
	assert_int_equal(catalogue[32], 0x88);
	uint32_t loader = get_le32(catalogue + 40);
	assert_int_equal(catalogue[64], 0x91);
	assert_int_equal(catalogue[65], 0xEF);
	assert_int_equal(
		get_le32(catalogue + 104) * (uint64_t)SECTOR, get_le64(i.b + 1024 + 32) * 512);
	/* isolinux knows its place; the MBR knows isolinux's. */
	const uint8_t *bin = i.b + (size_t)loader * SECTOR;
	assert_int_equal(get_le32(bin + 8), 16);
	assert_int_equal(get_le32(bin + 12), loader);
	assert_int_equal(get_le64(i.b + 432), loader * 4);
	assert_int_equal(get_le16(i.b + 510), 0xAA55);
	assert_int_equal(i.b[446 + 4], 0xEE);
}

static void arm64(void **state)
{
	struct image *m = *state;
	struct made i = make(m, "t.iso", "arm64", true);
	const uint8_t *catalogue = i.b + (size_t)get_le32(i.b + 17 * SECTOR + 71) * SECTOR;
	assert_int_equal(catalogue[1], 0xEF);
	assert_int_equal(catalogue[32], 0x88);
	assert_int_equal(catalogue[64], 0);
	assert_non_null(
		strstr(TOOL("sfdisk", "-d", "t.iso"), "type=B921B045-1DF0-41C3-AF44-4C6F280D3FAE"));
	assert_string_equal(
		file_sha256(m, i.path), file_sha256(m, make(m, "u.iso", "arm64", true).path));
	assert_string_equal(file_sha256(m, i.path), ISO_SHA256);
}

static void refusals(void **state)
{
	struct image *m = *state;
	AUTO_OUT esp = NULL;
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &esp, &m->d));
	OK(out_scratch(m->folder, &to, &m->d));
	const struct iso_options good = options(m, "amd64", esp, true);
	struct iso_options bad[6];
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[0].volume_id = "lower";
	bad[1].volume_id = "";
	bad[2].arch = "riscv64";
	bad[3].cmdline = "a\nDEFAULT evil";
	bad[4].kernel.size = (uint64_t)1 << 32;
	bad[5].volume_id = "A23456789012345678901234567890123";
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		diags_init(&m->d, m->mem);
		assert_int_equal(iso_write(m->mem, &bad[i], to, &m->d), -1);
		assert_int_equal(m->d.last->kind, KIND_INPUT);
		assert_int_equal(out_size(to), 0);
		if (i == 4)
			assert_string_equal(m->d.last->what,
				"the kernel has 4294967296 bytes, 1 more than a file of an ISO may have");
	}
	uint8_t guid[GPT_UUID];
	assert_int_equal(gpt_guid("01234567-89ab-8def-8123-456789abcde", guid, &m->d), -1);
	assert_int_equal(gpt_guid("01234567-89ab-8def-8123-456789abcdef0", guid, &m->d), -1);
	assert_int_equal(gpt_guid("0123456789ab-8def-8123-456789abcdef00", guid, &m->d), -1);
	OK(gpt_guid(ROOT_GUID, guid, &m->d));
	assert_memory_equal(
		guid, "\x67\x45\x23\x01\xab\x89\xef\x8d\x81\x23\x45\x67\x89\xab\xcd\xef", 16);
}

static struct out *full_esp;

static int write_full(struct image *m, struct out *to)
{
	struct iso_options o = { .volume_id = "A",
		.arch = "arm64",
		.cmdline = "",
		.esp = { .fd = out_fd(full_esp), .size = out_size(full_esp) },
		.root = { .fd = out_fd(full_esp), .size = out_size(full_esp) },
		.root_guid = ROOT_GUID };
	return iso_write(m->mem, &o, to, &m->d);
}

static void full_disk(void **state)
{
	struct image *m = *state;
	OK(out_scratch(m->folder, &full_esp, &m->d));
	OK(out_write(full_esp, sample_bytes(m->mem, 300000, 1), 300000, &m->d));
	each_full_disk(m, 2000000, write_full);
	out_drop(&full_esp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(iso_face),
		IMAGE_TEST(partitions),
		IMAGE_TEST(boot_records),
		IMAGE_TEST(arm64),
		IMAGE_TEST(refusals),
		IMAGE_TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
