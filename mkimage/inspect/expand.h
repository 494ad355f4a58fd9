/*
 * Wrapped disks and compressed files -> plain bytes, in a file without a name with holes for what
 * is zero. Sources: QEMU's docs/interop/qcow2.txt; VMware's Virtual Disk Format 5.0; Microsoft's
 * Virtual Hard Disk Image Format 1.0.
 */
#ifndef INSPECT_EXPAND_H
#define INSPECT_EXPAND_H

#include "mkimage/inspect/inspect_impl.h"

#define EXPAND_MAX ((uint64_t)64 << 30) /* bytes of a disk, as of a layer */

/* One way of wrapping: what it begins with, and how it is undone. */
struct wrapping {
	const char *magic;
	size_t magic_len;
	CHECK int (*expand)(struct inspector *x, struct inspect_part *p, struct out *to);
};

CHECK int expand_qcow2(struct inspector *x, struct inspect_part *p, struct out *to);
CHECK int expand_vmdk(struct inspector *x, struct inspect_part *p, struct out *to);
CHECK int expand_vhd(struct inspector *x, struct inspect_part *p, struct out *to);

/* Writes len bytes of the part from offset; zeros become a hole. */
CHECK int expand_copy(struct inspector *x, const struct inspect_part *p, uint64_t offset, void *buf,
	size_t len, struct out *to);
/* Undoes zlib (raw: without its header); the result has exactly to_len bytes, or it is damaged. */
CHECK int expand_inflate(struct inspector *x, const struct inspect_part *p, bool raw,
	const void *bytes, size_t len, void *to, size_t to_len);

/* Makes content plain when it is wrapped, in all layers that it has. */
CHECK int expand(struct inspector *x, struct inspect_part *p);

#endif
