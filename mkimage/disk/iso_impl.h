/*
 * What lies where in the hybrid ISO. ISO sectors are 2048 bytes (ECMA-119), those of the disk view
 *512.
 *
 *	0	MBR and GPT: the system area, which ECMA-119 leaves to us
 *	16	descriptors, path tables, two folders, the boot catalogue, isolinux, (kernel,
 *initrd)
 *	...	the EFI system partition, the root partition, each at a multiple of 1 MiB;
 *		the root's hashes right behind it
 *	end	the GPT's backup
 */
#ifndef DISK_ISO_IMPL_H
#define DISK_ISO_IMPL_H

#include "mkimage/disk/disk_impl.h"

#include <stdbool.h>

enum {
	ISO_SECTOR = 2048,
	ISO_PRIMARY = 16,
	ISO_BOOT_RECORD, /* 17 by El Torito's definition */
	ISO_TERMINATOR,
	ISO_PATHS_LE,
	ISO_PATHS_BE,
	ISO_ROOT,
	ISO_FOLDER,
	ISO_CATALOGUE,
	ISO_FILES, /* the first free sector */
	ISO_MAX_FILES = 5,
	MBR_LEN = 512,
};

struct iso_file {
	const char *name; /* as ECMA-119 spells it: "KERNEL.;1" */
	struct part content;
	uint32_t sector;
	bool shared; /* lies inside the EFI system partition; not written again */
};

struct iso {
	const struct iso_options *o;
	struct arena *mem;
	bool bios;
	const char *root_type, *hashes_type; /* the partitions', as text */
	struct iso_file
		files[ISO_MAX_FILES]; /* of the folder ISOLINUX, sorted; none without BIOS */
	size_t len;
	struct iso_file *loader;    /* isolinux.bin, or NULL */
	uint64_t esp, root, hashes; /* bytes from the start */
	uint64_t end;		    /* bytes; a multiple of 4096 */
	struct digest id;	    /* what the GUIDs come from */
	char esp_guid[UUID_TEXT_SIZE], disk_guid[UUID_TEXT_SIZE];
};

/* iso_volume.c: the sectors ISO_PRIMARY to ISO_FOLDER, as ECMA-119 wants them. */
CHECK int iso_volume_write(const struct iso *iso, struct out *to, struct diags *d);
/* iso_boot.c */
CHECK int iso_bios_files(struct iso *iso, struct diags *d); /* adds isolinux's files */
void iso_patch_loader(const struct iso *iso);		    /* once the files have their sectors */
CHECK int iso_mbr(const struct iso *iso, uint8_t mbr[MBR_LEN], struct diags *d);
void iso_catalogue(const struct iso *iso, uint8_t sector[ISO_SECTOR]);

#endif
