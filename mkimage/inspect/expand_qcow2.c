#include "mkimage/inspect/expand.h"

#include <string.h>
#include <zstd.h>

enum { HEADER = 105, ZLIB = 0, ZSTD = 1, INCOMPATIBLE_KNOWN = 1 | 2 | 8 };

#define OFFSET_MASK ((uint64_t)0x00fffffffffffe00)
#define COMPRESSED  ((uint64_t)1 << 62)
#define ALL_ZERO    ((uint64_t)1)

struct qcow2 {
	struct inspector *x;
	struct inspect_part *p;
	struct out *to;
	unsigned bits;
	uint32_t cluster;
	uint64_t size;
	uint8_t compression;
	uint8_t *plain, *packed; /* a cluster; two of them */
};

static int read_header(struct qcow2 *q, uint64_t *l1, uint32_t *l1_len)
{
	uint8_t h[HEADER] = { 0 };
	if (part_read(q->x, q->p, 0, h, sizeof(h)) < 0)
		return -1;
	uint32_t version = get_be32(h + 4);
	q->bits = get_be32(h + 20);
	q->size = get_be64(h + 24);
	*l1_len = get_be32(h + 36);
	*l1 = get_be64(h + 40);
	if (version < 2 || version > 3 || q->bits < 9 || q->bits > 21)
		return part_fail(q->x, q->p, "it is a qcow2 of a version that is not known");
	if (get_be64(h + 8) || get_be32(h + 32))
		return part_fail(q->x, q->p, "it has a backing file, or is encrypted");
	if (version == 3 && (get_be64(h + 72) & ~(uint64_t)INCOMPATIBLE_KNOWN))
		return part_fail(q->x, q->p, "it needs features of qcow2 that are not read here");
	q->compression = version == 3 && (get_be64(h + 72) & 8) ? h[104] : ZLIB;
	q->cluster = (uint32_t)1 << q->bits;
	uint64_t per_table = (uint64_t)q->cluster * (q->cluster / 8);
	if (q->size > EXPAND_MAX || *l1_len < (q->size + per_table - 1) / per_table)
		return part_fail(q->x, q->p,
			"a disk of %llu bytes is too large, or its table too small",
			(unsigned long long)q->size);
	return 0;
}

static int unpack(struct qcow2 *q, uint64_t entry)
{
	unsigned shift = 62 - (q->bits - 8);
	uint64_t at = entry & (((uint64_t)1 << shift) - 1);
	uint64_t sectors = (entry & ~COMPRESSED & ~((uint64_t)1 << 63)) >> shift;
	size_t len = (size_t)((sectors + 1) * 512 - at % 512);
	if (at >= q->p->content.size || len > 2 * (size_t)q->cluster)
		return part_fail(q->x, q->p, "a compressed cluster lies outside of it");
	if (len > q->p->content.size - at) /* the file may end with the data */
		len = (size_t)(q->p->content.size - at);
	if (part_read(q->x, q->p, at, q->packed, len) < 0)
		return -1;
	if (q->compression == ZLIB)
		return expand_inflate(q->x, q->p, true, q->packed, len, q->plain, q->cluster);
	size_t frame = ZSTD_findFrameCompressedSize(q->packed, len);
	if (ZSTD_isError(frame) ||
		ZSTD_decompress(q->plain, q->cluster, q->packed, frame) != q->cluster)
		return part_fail(q->x, q->p, "a compressed cluster of it is damaged");
	return 0;
}

static int put_cluster(struct qcow2 *q, uint64_t entry)
{
	uint64_t left = q->size - out_size(q->to);
	size_t len = left < q->cluster ? (size_t)left : q->cluster;
	if (entry & COMPRESSED)
		return unpack(q, entry) < 0 ? -1 : out_write(q->to, q->plain, len, q->x->d);
	if (!(entry & OFFSET_MASK) || entry & ALL_ZERO)
		return out_skip(q->to, len, q->x->d);
	return expand_copy(q->x, q->p, entry & OFFSET_MASK, q->plain, len, q->to);
}

static int put_table(struct qcow2 *q, uint64_t l1_entry, uint8_t *table)
{
	uint64_t at = l1_entry & OFFSET_MASK, room = (uint64_t)q->cluster * (q->cluster / 8);
	uint64_t left = q->size - out_size(q->to);
	if (!at)
		return out_skip(q->to, left < room ? left : room, q->x->d);
	if (part_read(q->x, q->p, at, table, q->cluster) < 0)
		return -1;
	for (uint32_t i = 0; i < q->cluster / 8 && out_size(q->to) < q->size; i++) {
		if (put_cluster(q, get_be64(table + (size_t)i * 8)) < 0)
			return -1;
	}
	return 0;
}

int expand_qcow2(struct inspector *x, struct inspect_part *p, struct out *to)
{
	struct qcow2 q = { .x = x, .p = p, .to = to };
	uint64_t l1;
	uint32_t l1_len;
	if (read_header(&q, &l1, &l1_len) < 0)
		return -1;
	uint8_t *table = arena_alloc(x->of->mem, q.cluster);
	q.plain = arena_alloc(x->of->mem, q.cluster);
	q.packed = arena_array(x->of->mem, 2, q.cluster);
	for (uint32_t i = 0; i < l1_len && out_size(to) < q.size; i++) {
		uint8_t entry[8];
		if (part_read(x, p, l1 + (uint64_t)i * 8, entry, sizeof(entry)) < 0 ||
			put_table(&q, get_be64(entry), table) < 0)
			return -1;
	}
	return 0;
}
