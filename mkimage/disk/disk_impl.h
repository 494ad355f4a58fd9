/* Parts on their way out. */
#ifndef DISK_DISK_IMPL_H
#define DISK_DISK_IMPL_H

#include "mkimage/disk/disk.h"

#include "base/digest.h"

CHECK int part_write(const struct part *p, struct out *to, struct diags *d);
CHECK int part_hash(const struct part *p, struct hasher *h, struct diags *d);

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
