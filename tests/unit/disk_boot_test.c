/* Disks with a GPT, and their boot partition: judged by sfdisk, fsck.fat and mtools. Booting them
 * is tests/boot's. */
#include "tests/unit/disk_test.h"

#include "mkimage/disk/gpt_impl.h"
#include "mkimage/disk/syslinux_impl.h"

#include <sys/stat.h>

#define ROOT_GUID "01234567-89ab-8def-8123-456789abcdef"
#define ESP_GUID  "11234567-89ab-8def-8123-456789abcdef"
#define DISK_GUID "21234567-89ab-8def-8123-456789abcdef"

enum { MIB = 1 << 20, ROOT_LEN = 50001, LDLINUX_MAGIC = 0x3eb202fe };

static void need_loader(void)
{
	if (access("/usr/bin/syslinux", R_OK) < 0) {
		print_message("no /usr/bin/syslinux on this machine\n");
		skip();
	}
}

static struct boot_options boot_options(struct image *m, const char *arch, bool bios)
{
	struct boot_options o = {
		.arch = arch, .epoch = SAMPLE_TIME, .uefi = true, .bios = bios, .scratch = m->folder
	};
	uint16_t machine = strcmp(arch, "arm64") == 0 ? STUB_ARM64 : STUB_X64;
	const char *stub = write_bytes(m, "stub", make_stub(m->mem, machine), STUB_LEN);
	o.loader = stub;
	o.uki = (struct uki_options){
		.stub = stub, .cmdline = "quiet", .os_release = "ID=slipway\n"
	};
	OK(out_truncate(m->data, 0, &m->d));
	make_payload(m, &o.uki.kernel, &o.uki.initrd);
	return o;
}

static const char *write_disk(struct image *m, const char *name, const char *arch, bool bios)
{
	AUTO_OUT esp = NULL;
	AUTO_OUT to = NULL;
	const struct boot_options b = boot_options(m, arch, bios);
	OK(out_scratch(m->folder, &esp, &m->d));
	OK(boot_write(m->mem, &b, esp, &m->d));
	const struct disk_partition p[] = {
		{ .type = TYPE_ESP,
			.guid = ESP_GUID,
			.name = "esp",
			.content = { .fd = out_fd(esp), .size = out_size(esp) },
			.bios = bios },
		{ .type = disk_root_type(arch),
			.guid = ROOT_GUID,
			.name = "root-a",
			.content = { .fd = -1,
				.bytes = sample_bytes(m->mem, ROOT_LEN, 4),
				.size = ROOT_LEN },
			.size = 3 * MIB + 1 },
	};
	const struct disk_options o = { .guid = DISK_GUID, .partitions = p, .len = 2 };
	const char *path = image_path(m, name);
	OK(out_create(path, 0644, &to, &m->d));
	OK(disk_write(m->mem, &o, to, &m->d));
	OK(out_commit(&to, &m->d));
	return path;
}

static void partitions(void **state)
{
	struct image *m = *state;
	const char *path = write_disk(m, "t.img", "arm64", false);
	assert_non_null(strstr(TOOL("sfdisk", "--verify", "t.img"), "No errors detected"));
	const char *dump = TOOL("sfdisk", "-d", "t.img");
	assert_non_null(strstr(dump, "start=        2048, size=      294912, "
				     "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B"));
	assert_non_null(strstr(dump, "start=      296960, size=        8192, "
				     "type=B921B045-1DF0-41C3-AF44-4C6F280D3FAE, "
				     "uuid=01234567-89AB-8DEF-8123-456789ABCDEF, name=\"root-a\""));
	/* What is empty takes no room. */
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, (145 + 4 + 1) * MIB);
	assert_true(st.st_blocks * 512 < 8 * MIB);
	assert_string_equal(
		file_sha256(m, path), file_sha256(m, write_disk(m, "u.img", "arm64", false)));
}

/* The boot partition as files, and the loader told where it lies. */
static void boot_partition(void **state)
{
	struct image *m = *state;
	need_loader();
	const struct boot_options o = boot_options(m, "amd64", true);
	AUTO_OUT to = NULL;
	OK(out_create(image_path(m, "esp"), 0644, &to, &m->d));
	OK(boot_write(m->mem, &o, to, &m->d));
	OK(out_commit(&to, &m->d));
	const char *said = TOOL("fsck.fat", "-n", "-v", "esp");
	assert_non_null(strstr(said, "32 bit entries"));
	static const char cfg[] =
		"SERIAL 0 115200\nDEFAULT slipway\nPROMPT 0\nTIMEOUT 0\nLABEL slipway\n"
		"  LINUX /slipway-a/kernel\n  INITRD /slipway-a/initrd\n  APPEND quiet\n";
	assert_string_equal(TOOL("mtype", "-i", "esp", "::syslinux.cfg"), cfg);
	assert_string_equal(
		TOOL("mtype", "-i", "esp", "::loader/loader.conf"), "timeout 0\neditor no\n");
	(void)TOOL("mcopy", "-i", "esp", "::slipway-a/initrd", "::EFI/Linux/slipway-a.efi",
		"::EFI/BOOT/BOOTX64.EFI", "::ldlinux.sys", "::ldlinux.c32", ".");
	char *sys, *esp;
	size_t len, esp_len;
	OK(file_read(m->mem, image_path(m, "ldlinux.sys"), MIB, &sys, &len, &m->d));
	OK(file_read(m->mem, image_path(m, "esp"), (size_t)1 << 30, &esp, &esp_len, &m->d));
	const char *lies = memmem(esp, esp_len, sys, len);
	assert_non_null(lies);
	/* Its sum over all that it loads comes out. */
	uint32_t sum = LDLINUX_MAGIC;
	for (size_t i = 0; i < len - 1024; i += 4)
		sum -= get_le32((uint8_t *)sys + i);
	assert_int_equal(sum, 0);
	/* The first sector finds it, and so does FAT32's copy of that. */
	uint64_t first = (uint64_t)(lies - esp) / 512;
	char *want = arena_alloc(m->mem, 4);
	put_le32((uint8_t *)want, (uint32_t)first);
	assert_non_null(memmem(esp + 90, 420, want, 4));
	assert_memory_equal(esp, esp + 6 * 512, 512);
}

static void sizes(void **state)
{
	struct image *m = *state;
	struct boot_options o = boot_options(m, "arm64", false);
	AUTO_OUT to = NULL;
	OK(out_scratch(m->folder, &to, &m->d));
	o.size = 5 * MIB;
	assert_int_equal(boot_write(m->mem, &o, to, &m->d), -1);
	assert_non_null(strstr(m->d.last->what,
		"a boot partition of 5 MiB does not hold two kernels: it needs 6 MiB"));
	o.size = 6 * MIB;
	OK(boot_write(m->mem, &o, to, &m->d));
	const struct disk_partition p = { .type = TYPE_ESP,
		.guid = ESP_GUID,
		.name = "esp",
		.content = { .fd = -1, .bytes = "x", .size = 1 },
		.size = 3 * MIB };
	const struct disk_options disk = {
		.guid = DISK_GUID, .partitions = &p, .len = 1, .size = 4 * MIB
	};
	OK(out_truncate(to, 0, &m->d));
	assert_int_equal(disk_write(m->mem, &disk, to, &m->d), -1);
	assert_non_null(
		strstr(m->d.last->what, "the disk has 4 MiB, and its partitions need 5 MiB"));
}

/* An installer that is cut off, or another program, is refused and never read past its end. */
static void installers(void **state)
{
	struct image *m = *state;
	need_loader();
	char *bytes;
	size_t len;
	struct syslinux s;
	OK(file_read(m->mem, "/usr/bin/syslinux", 4 * MIB, &bytes, &len, &m->d));
	OK(syslinux_parse(m->mem, (uint8_t *)bytes, len, "x", &s, &m->d));
	assert_int_equal(s.len % 512, 0);
	for (size_t cut = 0; cut < len; cut = cut * 2 + 1) {
		/* A block of its own, so that the sanitizer sees the end. */
		uint8_t *part = malloc(cut ? cut : 1);
		memcpy(part, bytes, cut);
		diags_init(&m->d, m->mem);
		if (syslinux_parse(m->mem, part, cut, "x", &s, &m->d) < 0)
			assert_int_equal(m->d.last->kind, KIND_INPUT);
		free(part);
	}
}

static int write_full(struct image *m, struct out *to)
{
	const struct disk_partition p = { .type = TYPE_ESP,
		.guid = ESP_GUID,
		.name = "esp",
		.content = { .fd = out_fd(m->data), .size = out_size(m->data) } };
	const struct disk_options o = { .guid = DISK_GUID, .partitions = &p, .len = 1 };
	return disk_write(m->mem, &o, to, &m->d);
}

static void full_disk(void **state)
{
	struct image *m = *state;
	OK(out_write(m->data, sample_bytes(m->mem, 300000, 1), 300000, &m->d));
	each_full_disk(m, 3 * MIB, write_full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(partitions),
		IMAGE_TEST(boot_partition),
		IMAGE_TEST(sizes),
		IMAGE_TEST(installers),
		IMAGE_TEST(full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
