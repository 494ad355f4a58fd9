/*
 * Opaque parts -> bootable media. Nothing here knows trees, plans or OCI: parts are byte ranges of
 * open files, or bytes in memory.
 */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include "base/arena.h"
#include "mkimage/out/out.h"

#include <stdbool.h>
#include <stddef.h>

/* A byte range of an open file (fd >= 0), bytes in memory (fd < 0), or pieces one after the other
 * (fd < 0, no bytes), together of that size. Borrowed. */
struct part {
	int fd;
	uint64_t offset, size;
	const void *bytes;
	const struct part *pieces;
	size_t pieces_len;
};

/* A file for a small FAT or ISO folder tree: "EFI/BOOT/BOOTX64.EFI". */
struct disk_file {
	const char *path;
	struct part content;
};

/*
 * FAT16 or FAT32 as the size asks for, with these files (Microsoft's FAT specification 1.03).
 * label: 11 characters. size 0: as small as they fit. mtime epoch. The volume's number follows from
 * label, names and id, or, where that is NULL, from label, names and contents.
 */
struct fat_options {
	const char *label, *id;
	uint64_t size;
	bool fat32; /* whatever the size, from 129 MiB on */
	int64_t epoch;
	uint64_t *offsets; /* NULL, or where to put each file's place in the output; contents are
			      contiguous */
};
CHECK int fat_write(const struct disk_file *files, size_t len, const struct fat_options *o,
	struct out *to, struct diags *d);

/*
 * A unified kernel image (UAPI group specification): stub + .osrel .cmdline .uname .linux .initrd
 * sections appended; a pure PE writer, no time stamps, PE checksum left zero.
 */
struct uki_options {
	const char *stub;			  /* the EFI stub's path on this machine */
	const char *cmdline, *os_release, *uname; /* uname may be NULL */
	struct part kernel, initrd;
	uint64_t *kernel_at, *initrd_at; /* NULL, or where to put their places in the output */
	/* NULL, or what looks at the image that begins at start and ends the output, and may add to
	 * its end: a signature. */
	CHECK int (*finish)(void *ctx, struct out *to, uint64_t start, struct diags *d);
	void *finish_ctx;
};
CHECK int uki_write(struct arena *a, const struct uki_options *o, struct out *to, struct diags *d);
/* The same as pieces, for what nobody is to finish; places count from its own beginning. */
CHECK int uki_part(struct arena *a, const struct uki_options *o, struct part *out, struct diags *d);

/*
 * An EFI system partition with one UKI under the name that firmware looks for. kernel and initrd
 * (may be NULL) come back as ranges of the output's descriptor, aligned for iso_write to share.
 */
struct esp_options {
	const char *arch; /* amd64 or arm64 */
	const char *id;	  /* as fat_options has it */
	int64_t epoch;
	struct uki_options uki; /* without kernel_at and initrd_at */
	const char *scratch;	/* a folder for temporary files */
};
CHECK int esp_write(struct arena *a, const struct esp_options *o, struct out *to,
	struct part *kernel, struct part *initrd, struct diags *d);

/*
 * A disk's boot partition: systemd-boot with a UKI (uefi), syslinux with kernel and initrd (bios).
 * Behind them is room for a second kernel of the same size, so that an update can write it.
 */
struct boot_options {
	const char *arch; /* amd64 or arm64; bios: amd64 */
	const char *id;	  /* as fat_options has it */
	int64_t epoch;
	bool bios, uefi;
	const char *loader;	/* systemd-boot's path on this machine */
	struct uki_options uki; /* without kernel_at and initrd_at */
	uint64_t size;		/* bytes; 0: as large as needed */
	const char *scratch;	/* a folder for temporary files */
};
CHECK int boot_write(
	struct arena *a, const struct boot_options *o, struct out *to, struct diags *d);

/* A FAT volume with room for a second one of each file, and for what an update writes beside. */
struct volume_options {
	const char *label, *id; /* as fat_options has them */
	int64_t epoch;
	uint64_t size;	   /* bytes; 0: as large as needed */
	uint64_t *offsets; /* as fat_options has them; or NULL */
};
CHECK int volume_write(const struct disk_file *files, size_t len, const struct volume_options *o,
	struct out *to, struct diags *d);

/* Where the first partition of a disk begins. */
enum { DISK_FIRST = 1 << 20 };

/* A partition of a disk; its place is a multiple of 1 MiB. */
struct disk_partition {
	const char *type, *guid; /* lower case */
	const char *name;	 /* ASCII, at most 35 */
	struct part content;
	uint64_t size; /* bytes; less than its content: as large as that */
	bool bios;     /* what a BIOS starts */
	bool there; /* content is in the output already, at DISK_FIRST: the first partition alone */
	bool in_mbr; /* FAT32 that firmware finds which reads no GPT: in the MBR as well */
};

/* A disk with a GPT (UEFI specification 2.10, section 5). */
struct disk_options {
	const char *guid;
	const struct disk_partition *partitions;
	size_t len;
	uint64_t size; /* bytes; 0: as small as it can be */
	uint64_t unit; /* a multiple of it comes out; 0: of 1 MiB, as Azure has it */
};
CHECK int disk_write(
	struct arena *a, const struct disk_options *o, struct out *to, struct diags *d);

/* Types of partitions (UAPI group, Discoverable Partitions Specification). */
#define TYPE_ESP "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
/* NULL: none for that architecture. */
const char *disk_root_type(const char *arch);
const char *disk_verity_type(const char *arch); /* of the root's hashes */

/*
 * One hybrid ISO 9660: boots from CD and from a disk or USB stick, under BIOS (isolinux) and UEFI
 * (an EFI system partition with the UKI). The root is the partition with guid root_guid, found by
 * init through the GPT.
 */
struct iso_options {
	const char *volume_id; /* at most 32 of A-Z 0-9 _ */
	int64_t epoch;
	const char *arch; /* amd64: BIOS and UEFI; arm64: UEFI alone */
	bool uefi_only;
	const char *cmdline;
	struct part kernel,
		initrd; /* for BIOS; inside esp's range at multiples of 2048 they are stored once */
	struct part esp;		     /* a FAT image */
	struct part root;		     /* size 0: none */
	struct part hashes;		     /* of the root; size 0: none */
	const char *root_guid, *hashes_guid; /* lower case */
	const char *scratch;		     /* a folder for temporary files */
};
CHECK int iso_write(struct arena *a, const struct iso_options *o, struct out *to, struct diags *d);

#endif
