#include "mkimage/disk/iso_impl.h"
#include "mkimage/disk/syslinux_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <string.h>

/* Where Debian's isolinux and syslinux-common put them, on any architecture. */
#define ISOLINUX_BIN "/usr/lib/ISOLINUX/isolinux.bin"
#define ISOLINUX_MBR "/usr/lib/ISOLINUX/isohdpfx.bin"
#define LDLINUX	     "/usr/lib/syslinux/modules/bios/ldlinux.c32"

enum {
	LOADER_LIMIT = 1 << 20,
	INFO_TABLE = 8, /* in isolinux.bin: the boot information table (mkisofs -boot-info-table) */
	INFO_SUM_FROM = 64,
	MBR_CODE = 432,
};

enum { PLATFORM_BIOS = 0, PLATFORM_EFI = 0xEF };

static int read_tool(struct iso *iso, const char *path, struct part *out, struct diags *d)
{
	char *bytes;
	size_t len;
	if (file_read(iso->mem, path, LOADER_LIMIT, &bytes, &len, d) < 0)
		return fail_ctx(d, "making an ISO that boots under BIOS (packages isolinux and "
				   "syslinux-common)");
	*out = part_bytes(bytes, len);
	return 0;
}

int iso_bios_files(struct iso *iso, struct diags *d)
{
	const struct iso_options *o = iso->o;
	const char *cfg;
	if (syslinux_config(iso->mem, "kernel", "initrd", o->cmdline, &cfg, d) < 0)
		return -1;
	struct part loader, module;
	if (read_tool(iso, ISOLINUX_BIN, &loader, d) < 0 || read_tool(iso, LDLINUX, &module, d) < 0)
		return -1;
	if (loader.size < INFO_SUM_FROM)
		return fail(d, KIND_INPUT, "reinstall the package isolinux",
			"\"%s\" is damaged: it is too short", ISOLINUX_BIN);
	const struct iso_file files[] = {
		{ .name = "INITRD.;1", .content = o->initrd },
		{ .name = "ISOLINUX.BIN;1", .content = loader },
		{ .name = "ISOLINUX.CFG;1", .content = part_bytes(cfg, strlen(cfg)) },
		{ .name = "KERNEL.;1", .content = o->kernel },
		{ .name = "LDLINUX.C32;1", .content = module },
	};
	_Static_assert(ARRAY_LEN(files) == ISO_MAX_FILES, "one folder of one sector");
	memcpy(iso->files, files, sizeof(files));
	iso->len = ARRAY_LEN(files);
	iso->loader = &iso->files[1];
	return 0;
}

/* isolinux learns where it lies, and that it is whole. */
void iso_patch_loader(const struct iso *iso)
{
	const struct part *p = &iso->loader->content;
	uint8_t *b = arena_alloc(iso->mem, (size_t)round_up(p->size, 4));
	memcpy(b, p->bytes, (size_t)p->size);
	uint32_t sum = 0;
	for (size_t i = INFO_SUM_FROM; i < p->size; i += 4)
		sum += get_le32(b + i);
	memset(b + INFO_TABLE, 0, INFO_SUM_FROM - INFO_TABLE);
	put_le32(b + INFO_TABLE, ISO_PRIMARY);
	put_le32(b + INFO_TABLE + 4, iso->loader->sector);
	put_le32(b + INFO_TABLE + 8, (uint32_t)p->size);
	put_le32(b + INFO_TABLE + 12, sum);
	iso->loader->content.bytes = b;
}

/*
 * Code that loads isolinux.bin from the disk, told its sector of 512 bytes (syslinux, isohybrid),
 * and the protective partition. The second entry is empty but active: some firmware boots no disk
 * without an active one.
 */
int iso_mbr(const struct iso *iso, uint8_t mbr[MBR_LEN], struct diags *d)
{
	memset(mbr, 0, MBR_LEN);
	if (iso->loader) {
		char *code;
		size_t len;
		if (file_read(iso->mem, ISOLINUX_MBR, LOADER_LIMIT, &code, &len, d) < 0)
			return -1;
		if (len < MBR_CODE)
			return fail(d, KIND_INPUT, "reinstall the package isolinux",
				"\"%s\" is damaged: it is too short", ISOLINUX_MBR);
		memcpy(mbr, code, MBR_CODE);
		put_le64(mbr + MBR_CODE, (uint64_t)iso->loader->sector * 4);
	}
	memcpy(mbr + 440, iso->id.bytes, 4);
	uint64_t sectors = iso->end / 512 - 1;
	uint8_t *e = mbr + 446;
	memcpy(e, "\x00\x00\x02\x00\xEE\xFF\xFF\xFF", 8);
	put_le32(e + 8, 1);
	put_le32(e + 12, sectors > UINT32_MAX ? UINT32_MAX : (uint32_t)sectors);
	e += 16;
	e[0] = 0x80;
	put_le32(e + 12, 1);
	put_le16(mbr + 510, 0xAA55);
	return 0;
}

static void catalogue_entry(uint8_t *e, uint32_t sector, uint16_t load)
{
	e[0] = 0x88; /* bootable; no emulation */
	put_le16(e + 6, load);
	put_le32(e + 8, sector);
}

/* El Torito 1.0; the section for EFI is the UEFI specification's, 13.3.2.1. */
void iso_catalogue(const struct iso *iso, uint8_t sector[ISO_SECTOR])
{
	memset(sector, 0, ISO_SECTOR);
	uint8_t *e = sector;
	e[0] = 1;
	e[1] = iso->bios ? PLATFORM_BIOS : PLATFORM_EFI;
	e[30] = 0x55;
	e[31] = 0xAA;
	uint16_t sum = 0;
	for (size_t i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + get_le16(e + i));
	put_le16(e + 28, (uint16_t)-sum);
	e += 32;
	if (iso->bios) {
		catalogue_entry(e, iso->loader->sector, 4);
		e += 32;
		e[0] = 0x91; /* the last header */
		e[1] = PLATFORM_EFI;
		put_le16(e + 2, 1);
		e += 32;
	}
	/* Above what 16 bits count, 0 asks firmware to read on to the end of the medium. */
	uint64_t blocks = iso->o->esp.size / 512;
	catalogue_entry(
		e, (uint32_t)(iso->esp / ISO_SECTOR), blocks > UINT16_MAX ? 0 : (uint16_t)blocks);
}
