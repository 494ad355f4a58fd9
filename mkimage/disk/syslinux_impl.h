/* syslinux's boot loader for FAT volumes, as its own installer would leave it there (syslinux 6,
 * libinstaller). */
#ifndef DISK_SYSLINUX_IMPL_H
#define DISK_SYSLINUX_IMPL_H

#include "mkimage/disk/disk_impl.h"

enum { SYSLINUX_SECTOR = 512, SYSLINUX_MBR_CODE = 440 };

struct syslinux {
	uint8_t *sector; /* the volume's first, without the volume's numbers */
	uint8_t *sys;	 /* LDLINUX.SYS, with two sectors behind it that it keeps its state in */
	size_t len;	 /* a multiple of a sector */
	size_t patch;	 /* where in sys the table of what is to be set is, and its second half */
	size_t more;
};

/* The loader out of the installer's bytes; path is for messages. */
CHECK int syslinux_parse(struct arena *a, const uint8_t *bytes, size_t len, const char *path,
	struct syslinux *out, struct diags *d);
CHECK int syslinux_read(struct arena *a, struct syslinux *out, struct diags *d);
/* syslinux.cfg, for isolinux too. */
CHECK int syslinux_config(struct arena *a, const char *kernel, const char *initrd,
	const char *cmdline, const char **out, struct diags *d);
/*
 * Makes the FAT volume that starts at byte volume of to start its LDLINUX.SYS, whose bytes are in
 * one piece from byte at on. The volume's numbers stay as they are.
 */
CHECK int syslinux_install(
	struct syslinux *s, struct out *to, uint64_t volume, uint64_t at, struct diags *d);

#endif
