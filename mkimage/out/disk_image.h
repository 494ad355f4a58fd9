/*
 * Disk images of virtual machines, from a raw one: what is zero takes no room. The bytes follow
 * from what is in the disk, whatever the number of threads.
 */
#ifndef OUT_DISK_IMAGE_H
#define OUT_DISK_IMAGE_H

#include "mkimage/out/out.h"

#include <stdbool.h>

/* An open file, sparse or not. size is a multiple of 1 MiB, which is what Azure wants. */
struct raw_disk {
	int fd;
	uint64_t size;
	int64_t epoch;
	const uint8_t *id; /* 16 bytes that tell this disk from others */
};

enum qcow2_compression { QCOW2_ZLIB, QCOW2_ZSTD };

/* QEMU's qcow2, version 3 (docs/interop/qcow2.txt); zstd needs QEMU 5.1. */
CHECK int qcow2_write(
	const struct raw_disk *from, enum qcow2_compression how, struct out *to, struct diags *d);
/* VMware's streamOptimized ("Virtual Disk Format 5.0"), for ESX and OVF. name: its own, in it. */
CHECK int vmdk_write(
	const struct raw_disk *from, const char *name, struct out *to, struct diags *d);
/* Microsoft's "Virtual Hard Disk Image Format Specification" 1.0. dynamic: only what is not zero;
 * otherwise the raw disk with 512 bytes behind it, as Azure takes it. */
CHECK int vhd_write(const struct raw_disk *from, bool dynamic, struct out *to, struct diags *d);
/* A tar of that one file, with its holes left out (GNU tar's "oldgnu"): what Google Cloud takes. */
CHECK int sparse_tar_write(
	const struct raw_disk *from, const char *name, struct out *to, struct diags *d);

#endif
