/*
 * Tree -> one filesystem image or archive. Writers only read the tree (but for inode->serial), know
 * nothing of plans, and give the same bytes for the same tree: no clock, no host ids, no order but
 * the tree's.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include "mkimage/out/out.h"
#include "mkimage/tree/tree.h"

struct blocks;

struct fs_options {
	int64_t epoch;	       /* the filesystem's own time stamp */
	int level;	       /* compression level; 0: the writer's default */
	struct blocks *blocks; /* of earlier builds; or NULL. Never changes the bytes */
	unsigned threads;      /* 0: one per processor. Never changes the bytes */
	const char *label;     /* ISO: the volume's name, at most 32 of A-Z 0-9 _; NULL: "ROOT" */
};

struct fs_writer {
	const char *name;
	CHECK int (*write)(
		const struct tree *t, const struct fs_options *o, struct out *to, struct diags *d);
};

/* zstd, 128 KiB blocks, identical files stored once (libsquashfs; Linux
 * Documentation/filesystems/squashfs.rst). */
extern const struct fs_writer fs_squashfs;
/* ISO 9660 with Rock Ridge (ECMA-119; RRIP 1.12). */
extern const struct fs_writer fs_iso;
/* EROFS, 4 KiB blocks, not compressed (Linux Documentation/filesystems/erofs.rst). */
extern const struct fs_writer fs_erofs;
/* newc (Linux Documentation/driver-api/early-userspace/buffer-format.rst), not compressed. */
extern const struct fs_writer fs_cpio;
/* POSIX pax with LINUXKIT.source and LINUXKIT.location records where the inode has ref and loc. */
extern const struct fs_writer fs_tar;

#endif
