/* Dynamic disks; a fixed one is a plain disk with a footer, which nobody needs. */
#include "mkimage/inspect/expand.h"

#include <string.h>

enum { SECTOR = 512, DYNAMIC = 3, BLOCK_MAX = 16 << 20 };

#define UNUSED UINT32_MAX

int expand_vhd(struct inspector *x, struct inspect_part *p, struct out *to)
{
	uint8_t footer[SECTOR], h[1024], entry[4];
	if (part_read(x, p, 0, footer, sizeof(footer)) < 0)
		return -1;
	uint64_t size = get_be64(footer + 48), header = get_be64(footer + 16);
	if (get_be32(footer + 60) != DYNAMIC)
		return part_fail(x, p, "it is a VHD, but neither a fixed nor a dynamic one");
	if (part_read(x, p, header, h, sizeof(h)) < 0)
		return -1;
	uint64_t table = get_be64(h + 16);
	uint32_t blocks = get_be32(h + 28), block = get_be32(h + 32);
	if (memcmp(h, "cxsparse", 8) != 0 || block < SECTOR || block > BLOCK_MAX ||
		block % SECTOR || size > EXPAND_MAX || (uint64_t)blocks * block < size)
		return part_fail(x, p, "its header gives impossible sizes");
	uint64_t bitmap = ((uint64_t)block / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
	uint8_t *buf = arena_alloc(x->of->mem, block);
	for (uint32_t i = 0; out_size(to) < size; i++) {
		uint64_t left = size - out_size(to);
		size_t len = left < block ? (size_t)left : block;
		if (part_read(x, p, table + (uint64_t)i * 4, entry, sizeof(entry)) < 0)
			return -1;
		uint64_t at = get_be32(entry) * (uint64_t)SECTOR + bitmap;
		if (get_be32(entry) == UNUSED ? out_skip(to, len, x->d) < 0
					      : expand_copy(x, p, at, buf, len, to) < 0)
			return -1;
	}
	return 0;
}
