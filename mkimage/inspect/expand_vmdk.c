/* streamOptimized: grains in a row, each behind a marker; tables are for those who seek. */
#include "mkimage/inspect/expand.h"

#include <string.h>

enum {
	SECTOR = 512,
	HEADER = 512,
	MARKER = 12,
	END = 0,
	GRAIN_MAX = 1 << 20,
	COMPRESSED = 1 << 16,
	MARKERS = 1 << 17
};

struct vmdk {
	struct inspector *x;
	struct inspect_part *p;
	struct out *to;
	uint64_t size;
	uint32_t grain; /* bytes */
	uint8_t *plain, *packed;
};

static int read_header(struct vmdk *v, uint64_t *first)
{
	uint8_t h[HEADER];
	if (part_read(v->x, v->p, 0, h, sizeof(h)) < 0)
		return -1;
	uint32_t flags = get_le32(h + 8);
	uint64_t sectors = get_le64(h + 12), grain = get_le64(h + 20);
	*first = get_le64(h + 64);
	if (!(flags & COMPRESSED) || !(flags & MARKERS))
		return part_fail(v->x, v->p, "it is a VMDK, but not a streamOptimized one");
	if (sectors > EXPAND_MAX / SECTOR || !grain || grain > GRAIN_MAX / SECTOR ||
		*first > v->p->content.size / SECTOR)
		return part_fail(v->x, v->p, "its header gives impossible sizes");
	v->size = sectors * SECTOR;
	v->grain = (uint32_t)grain * SECTOR;
	return 0;
}

static int put_grain(struct vmdk *v, uint64_t lba, uint64_t at, uint32_t len)
{
	if (lba >= v->size / SECTOR || lba * SECTOR < out_size(v->to) || len > 2 * v->grain)
		return part_fail(v->x, v->p, "a grain of it is out of order");
	uint64_t left = v->size - lba * SECTOR;
	if (part_read(v->x, v->p, at, v->packed, len) < 0 ||
		expand_inflate(v->x, v->p, false, v->packed, len, v->plain, v->grain) < 0 ||
		out_skip(v->to, lba * SECTOR - out_size(v->to), v->x->d) < 0)
		return -1;
	return out_write(v->to, v->plain, left < v->grain ? (size_t)left : v->grain, v->x->d);
}

int expand_vmdk(struct inspector *x, struct inspect_part *p, struct out *to)
{
	struct vmdk v = { .x = x, .p = p, .to = to };
	uint64_t at;
	if (read_header(&v, &at) < 0)
		return -1;
	v.plain = arena_alloc(x->of->mem, v.grain);
	v.packed = arena_array(x->of->mem, 2, v.grain);
	for (at *= SECTOR;;) {
		uint8_t m[MARKER + 4];
		if (part_read(x, p, at, m, sizeof(m)) < 0)
			return -1;
		uint64_t value = get_le64(m);
		uint32_t len = get_le32(m + 8);
		if (len) {
			if (put_grain(&v, value, at + MARKER, len) < 0)
				return -1;
			at += ((uint64_t)MARKER + len + SECTOR - 1) / SECTOR * SECTOR;
			continue;
		}
		if (get_le32(m + MARKER) == END)
			break;
		if (value > p->content.size / SECTOR)
			return part_fail(x, p, "a table of it lies outside of it");
		at += (value + 1) * SECTOR;
	}
	return out_skip(to, v.size - out_size(to), x->d);
}
