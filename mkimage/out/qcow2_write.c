/* Header, then clusters as they come, then the tables: sizes are known when all is packed. */
#include "mkimage/out/clusters.h"

#include "base/arena.h"
#include "base/endian.h"

#include <string.h>

enum {
	CLUSTER = 1 << 16,
	SECTOR = 512,
	L2_ENTRIES = CLUSTER / 8,
	REFCOUNTS = CLUSTER / 2, /* in a block of them */
	HEADER = 112,
	SIZE_SHIFT = 54, /* of a packed cluster's sectors: 62 - (16 - 8) */
};

#define COPIED	   ((uint64_t)1 << 63)
#define COMPRESSED ((uint64_t)1 << 62)

struct qcow2 {
	struct arena *mem;
	uint64_t **l2; /* NULL: nothing in it */
	uint64_t *l1;
	uint64_t l1_len;
	struct {
		uint16_t *items; /* how often each cluster of the file is used */
		size_t len, cap;
	} refs;
	struct out *to;
};

/* Counts one more user of the file's clusters in [from, end). */
static void refer(struct qcow2 *q, uint64_t from, uint64_t end)
{
	for (uint64_t i = from / CLUSTER; i * CLUSTER < end; i++) {
		while (q->refs.len <= i)
			vec_push(q->mem, &q->refs, 0);
		q->refs.items[i]++;
	}
}

static void map(struct qcow2 *q, uint64_t index, uint64_t entry)
{
	uint64_t **l2 = &q->l2[index / L2_ENTRIES];
	if (!*l2)
		*l2 = arena_array(q->mem, L2_ENTRIES, sizeof(**l2));
	(*l2)[index % L2_ENTRIES] = entry;
}

static int put_cluster(void *ctx, const struct cluster *c, struct diags *d)
{
	struct qcow2 *q = ctx;
	if (c->packed) {
		uint64_t at = out_size(q->to);
		uint64_t sectors = ((at % SECTOR) + c->packed_len - 1) / SECTOR;
		map(q, c->index, COMPRESSED | sectors << SIZE_SHIFT | at);
		refer(q, at / SECTOR * SECTOR, at / SECTOR * SECTOR + (sectors + 1) * SECTOR);
		return out_write(q->to, c->packed, c->packed_len, d);
	}
	if (out_align(q->to, CLUSTER, d) < 0)
		return -1;
	map(q, c->index, COPIED | out_size(q->to));
	refer(q, out_size(q->to), out_size(q->to) + CLUSTER);
	return out_write(q->to, c->data, CLUSTER, d);
}

static int put_table(
	struct qcow2 *q, const uint64_t *table, uint64_t len, uint64_t *at, struct diags *d)
{
	uint8_t block[CLUSTER];
	*at = out_size(q->to);
	for (uint64_t i = 0; i < len; i += CLUSTER / 8) {
		memset(block, 0, sizeof(block));
		for (uint64_t k = i; k < len && k < i + CLUSTER / 8; k++)
			put_be64(block + (k - i) * 8, table[k]);
		refer(q, out_size(q->to), out_size(q->to) + CLUSTER);
		if (out_write(q->to, block, sizeof(block), d) < 0)
			return -1;
	}
	return 0;
}

/* The counts count themselves: add blocks until all fit. */
static int put_refcounts(struct qcow2 *q, uint64_t *at, uint64_t *table_len, struct diags *d)
{
	uint64_t start = out_size(q->to), used = start / CLUSTER, blocks = 1, tables = 1;
	while (blocks * REFCOUNTS < used + blocks + tables || tables * (CLUSTER / 8) < blocks) {
		blocks = (used + blocks + tables + REFCOUNTS - 1) / REFCOUNTS;
		tables = (blocks + CLUSTER / 8 - 1) / (CLUSTER / 8);
	}
	refer(q, start, start + (blocks + tables) * CLUSTER);
	uint64_t *table = arena_array(q->mem, (size_t)blocks, sizeof(*table));
	uint8_t block[CLUSTER];
	for (uint64_t b = 0; b < blocks; b++) {
		memset(block, 0, sizeof(block));
		for (size_t i = 0; i < REFCOUNTS && b * REFCOUNTS + i < q->refs.len; i++)
			put_be16(block + 2 * i, q->refs.items[b * REFCOUNTS + i]);
		table[b] = out_size(q->to);
		if (out_write(q->to, block, sizeof(block), d) < 0)
			return -1;
	}
	*at = out_size(q->to);
	*table_len = tables;
	for (uint64_t t = 0; t < tables; t++) {
		memset(block, 0, sizeof(block));
		for (uint64_t i = t * (CLUSTER / 8); i < blocks && i < (t + 1) * (CLUSTER / 8); i++)
			put_be64(block + (i - t * (CLUSTER / 8)) * 8, table[i]);
		if (out_write(q->to, block, sizeof(block), d) < 0)
			return -1;
	}
	return 0;
}

static int put_header(struct qcow2 *q, uint64_t size, enum qcow2_compression how, uint64_t l1,
	uint64_t refs, uint64_t refs_len, struct diags *d)
{
	uint8_t h[HEADER + 8] = { 0 }; /* and the end of no extensions */
	put_be32(h, 0x514649fb);
	put_be32(h + 4, 3);
	put_be32(h + 20, 16); /* bits of a cluster */
	put_be64(h + 24, size);
	put_be32(h + 36, (uint32_t)q->l1_len);
	put_be64(h + 40, l1);
	put_be64(h + 48, refs);
	put_be32(h + 56, (uint32_t)refs_len);
	put_be64(h + 72, how == QCOW2_ZSTD ? 8 : 0); /* whoever does not know it must stop */
	put_be32(h + 96, 4);			     /* counts of 16 bits */
	put_be32(h + 100, HEADER);
	h[104] = how == QCOW2_ZSTD ? 1 : 0;
	return out_pwrite(q->to, h, sizeof(h), 0, d);
}

int qcow2_write(
	const struct raw_disk *from, enum qcow2_compression how, struct out *to, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct qcow2 q = { .mem = mem, .to = to };
	uint64_t clusters = (from->size + CLUSTER - 1) / CLUSTER, l1, refs, refs_len;
	q.l1_len = (clusters + L2_ENTRIES - 1) / L2_ENTRIES;
	q.l2 = arena_array(mem, (size_t)q.l1_len, sizeof(*q.l2));
	q.l1 = arena_array(mem, (size_t)q.l1_len, sizeof(*q.l1));
	/* Packed must be worth unpacking. */
	const struct cluster_options o = { .size = CLUSTER,
		.room = CLUSTER - CLUSTER / 16,
		.pack = how == QCOW2_ZSTD ? pack_zstd : pack_deflate };
	refer(&q, 0, CLUSTER);
	if (out_skip(to, CLUSTER, d) < 0 || clusters_each(from, &o, put_cluster, &q, d) < 0 ||
		out_align(to, CLUSTER, d) < 0)
		return -1;
	for (uint64_t i = 0; i < q.l1_len; i++) {
		uint64_t at;
		if (!q.l2[i])
			continue;
		if (put_table(&q, q.l2[i], L2_ENTRIES, &at, d) < 0)
			return -1;
		q.l1[i] = COPIED | at;
	}
	if (put_table(&q, q.l1, q.l1_len, &l1, d) < 0 || put_refcounts(&q, &refs, &refs_len, d) < 0)
		return -1;
	return put_header(&q, from->size, how, l1, refs, refs_len, d);
}
