#include "mkimage/disk/syslinux_impl.h"
#include "mkimage/disk/uki_impl.h"

#include "base/fd.h"

#include <string.h>

/* The files of slot A; an update writes those of slot B beside them. */
#define UKI_A	 "EFI/Linux/slipway-a.efi"
#define KERNEL_A "slipway-a/kernel"
#define INITRD_A "slipway-a/initrd"

#define LDLINUX_C32 "/usr/lib/syslinux/modules/bios/ldlinux.c32"

enum {
	FILES_MAX = 8,
	TOOL_LIMIT = 4 << 20,
	SPARE = 4 << 20,   /* for folders, tables, a log of an update */
	LEAST = 144 << 20, /* where FAT32, which firmware may insist on, is beyond doubt */
};

struct boot {
	struct arena *mem;
	const struct boot_options *o;
	struct disk_file files[FILES_MAX];
	size_t len;
	struct out *uki, *loader_efi;
	struct syslinux loader;
	size_t loader_file; /* LDLINUX.SYS among the files */
};

/* UEFI specification 3.5.1.1: what firmware starts when nothing says otherwise. */
const char *boot_path(const char *arch)
{
	return strcmp(arch, "arm64") == 0 ? "EFI/BOOT/BOOTAA64.EFI" : "EFI/BOOT/BOOTX64.EFI";
}

static void add(struct boot *b, const char *path, struct part content)
{
	b->files[b->len++] = (struct disk_file){ path, content };
}

static int add_tool(
	struct boot *b, const char *path, const char *from, const char *package, struct diags *d)
{
	char *bytes;
	size_t len;
	if (file_read(b->mem, from, TOOL_LIMIT, &bytes, &len, d) < 0)
		return fail_ctx(d, "making a boot partition (package %s)", package);
	add(b, path, part_bytes(bytes, len));
	return 0;
}

/* The boot loader is a program that firmware checks too. */
static int add_loader(struct boot *b, struct diags *d)
{
	const struct uki_options *u = &b->o->uki;
	if (add_tool(b, boot_path(b->o->arch), b->o->loader, "systemd-boot-efi", d) < 0)
		return -1;
	if (!u->finish)
		return 0;
	struct part *p = &b->files[b->len - 1].content;
	if (out_scratch(b->o->scratch, &b->loader_efi, d) < 0 ||
		part_write(p, b->loader_efi, d) < 0 ||
		u->finish(u->finish_ctx, b->loader_efi, 0, d) < 0)
		return -1;
	*p = (struct part){ .fd = out_fd(b->loader_efi), .size = out_size(b->loader_efi) };
	return 0;
}

static int add_uefi(struct boot *b, struct diags *d)
{
	static const char settings[] = "timeout 0\neditor no\n";
	struct part uki;
	if (uki_finished(b->mem, &b->o->uki, b->o->scratch, &b->uki, &uki, d) < 0 ||
		add_loader(b, d) < 0)
		return -1;
	add(b, UKI_A, uki);
	add(b, "loader/loader.conf", part_bytes(settings, sizeof(settings) - 1));
	return 0;
}

static int add_bios(struct boot *b, struct diags *d)
{
	const struct uki_options *u = &b->o->uki;
	const char *text;
	if (syslinux_config(b->mem, "/" KERNEL_A, "/" INITRD_A, u->cmdline, &text, d) < 0 ||
		syslinux_read(b->mem, &b->loader, d) < 0)
		return -1;
	b->loader_file = b->len;
	add(b, "LDLINUX.SYS", part_bytes(b->loader.sys, b->loader.len));
	add(b, "SYSLINUX.CFG", part_bytes(text, strlen(text)));
	add(b, KERNEL_A, u->kernel);
	add(b, INITRD_A, u->initrd);
	return add_tool(b, "LDLINUX.C32", LDLINUX_C32, "syslinux-common", d);
}

static int choose_size(
	const struct disk_file *files, size_t len, uint64_t size, uint64_t *out, struct diags *d)
{
	uint64_t need = SPARE;
	for (size_t i = 0; i < len; i++)
		need += 2 * files[i].content.size;
	need = round_up(need, 1 << 20);
	if (size && size < need)
		return fail(d, KIND_INPUT,
			"make it larger, or the kernel and its initrd smaller (modules:)",
			"a boot partition of %llu MiB does not hold two kernels: it needs %llu MiB",
			(unsigned long long)(size >> 20), (unsigned long long)(need >> 20));
	*out = size ? size : need > LEAST ? need : LEAST;
	return 0;
}

int volume_write(const struct disk_file *files, size_t len, const struct volume_options *o,
	struct out *to, struct diags *d)
{
	struct fat_options f = {
		.label = o->label, .id = o->id, .epoch = o->epoch, .offsets = o->offsets
	};
	if (choose_size(files, len, o->size, &f.size, d) < 0)
		return -1;
	f.fat32 = f.size >= LEAST;
	return fat_write(files, len, &f, to, d);
}

static int write_volume(struct boot *b, struct out *to, struct diags *d)
{
	uint64_t offsets[FILES_MAX], volume = out_size(to);
	const struct volume_options o = { .label = "ESP",
		.id = b->o->id,
		.epoch = b->o->epoch,
		.size = b->o->size,
		.offsets = offsets };
	if (volume_write(b->files, b->len, &o, to, d) < 0)
		return -1;
	if (!b->o->bios)
		return 0;
	return syslinux_install(&b->loader, to, volume, offsets[b->loader_file], d);
}

int boot_write(struct arena *a, const struct boot_options *o, struct out *to, struct diags *d)
{
	struct boot b = { .mem = a, .o = o };
	int rc = 0;
	if (o->uefi)
		rc = add_uefi(&b, d);
	if (rc == 0 && o->bios)
		rc = add_bios(&b, d);
	if (rc == 0)
		rc = write_volume(&b, to, d);
	out_drop(&b.uki);
	out_drop(&b.loader_efi);
	return rc;
}
