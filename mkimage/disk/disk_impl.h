/* Parts on their way out. */
#ifndef DISK_DISK_IMPL_H
#define DISK_DISK_IMPL_H

#include "mkimage/disk/disk.h"

#include "base/digest.h"

CHECK int part_write(const struct part *p, struct out *to, struct diags *d);
/* The same; holes of a file stay holes. */
CHECK int part_write_sparse(const struct part *p, struct out *to, struct diags *d);
CHECK int part_hash(const struct part *p, struct hasher *h, struct diags *d);

/* The file that UEFI firmware starts by itself. */
const char *boot_path(const char *arch);

static inline struct part part_bytes(const void *bytes, size_t len)
{
	return (struct part){ .fd = -1, .size = len, .bytes = bytes };
}

/* The least multiple of unit that is not below v. */
static inline uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

#endif
