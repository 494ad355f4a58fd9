#include "mkimage/out/clusters.h"

#include "base/arena.h"
#include "base/endian.h"

#include <string.h>

enum {
	SECTOR = 512,
	BLOCK = 2 << 20, /* of a dynamic disk; its bitmap is one sector */
	FOOTER = 512,
	HEADER = 1024,
	FIXED = 2,
	DYNAMIC = 3,
	UNUSED = -1,
};

#define EPOCH_2000   946684800 /* where VHD's time starts */
#define SECTORS_MAX  ((uint64_t)65535 * 16 * 255)
#define SIZE_MAX_VHD ((uint64_t)2040 << 30)

struct vhd {
	const struct raw_disk *from;
	uint8_t footer[FOOTER];
	uint8_t *table;
	uint64_t blocks;
	struct out *to;
};

static uint32_t sum_of(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += p[i];
	return ~sum;
}

/* The specification's appendix: what a BIOS is told. */
static void put_geometry(uint8_t *at, uint64_t size)
{
	uint64_t sectors = size / SECTOR;
	uint64_t total = sectors > SECTORS_MAX ? SECTORS_MAX : sectors, rest;
	unsigned track = 17, heads;
	if (total > (uint64_t)65535 * 16 * 63) {
		track = 255;
		heads = 16;
		rest = total / track;
	} else {
		rest = total / track;
		heads = (unsigned)((rest + 1023) / 1024);
		if (heads < 4)
			heads = 4;
		if (rest >= (uint64_t)heads * 1024 || heads > 16) {
			track = 31;
			heads = 16;
			rest = total / track;
		}
		if (rest >= (uint64_t)heads * 1024) {
			track = 63;
			rest = total / track;
		}
	}
	put_be16(at, (uint16_t)(rest / heads));
	at[2] = (uint8_t)heads;
	at[3] = (uint8_t)track;
}

static void make_footer(struct vhd *v, uint32_t type)
{
	uint8_t *f = v->footer;
	int64_t since = v->from->epoch - EPOCH_2000;
	memcpy(f, "conectix", 8);
	put_be32(f + 8, 2);
	put_be32(f + 12, 0x00010000);
	put_be64(f + 16, type == FIXED ? UINT64_MAX : FOOTER);
	put_be32(f + 24, since < 0 ? 0 : since > UINT32_MAX ? UINT32_MAX : (uint32_t)since);
	/* Who made it: QEMU takes the size from the geometry unless it knows the maker. */
	memcpy(f + 28, "win ", 4);
	put_be32(f + 32, 0x000a0000);
	memcpy(f + 36, "Wi2k", 4);
	put_be64(f + 40, v->from->size);
	put_be64(f + 48, v->from->size);
	put_geometry(f + 56, v->from->size);
	put_be32(f + 60, type);
	memcpy(f + 68, v->from->id, 16);
	put_be32(f + 64, sum_of(f, FOOTER));
}

static int put_block(void *ctx, const struct cluster *c, struct diags *d)
{
	struct vhd *v = ctx;
	uint8_t bitmap[SECTOR];
	memset(bitmap, 0xff, sizeof(bitmap));
	put_be32(v->table + c->index * 4, (uint32_t)(out_size(v->to) / SECTOR));
	if (out_write(v->to, bitmap, sizeof(bitmap), d) < 0)
		return -1;
	return out_write(v->to, c->data, BLOCK, d);
}

static int put_dynamic(struct vhd *v, struct diags *d)
{
	const struct cluster_options o = { .size = BLOCK };
	AUTO_ARENA mem = arena_new();
	uint8_t h[HEADER] = { 0 };
	v->blocks = (v->from->size + BLOCK - 1) / BLOCK;
	size_t len = (size_t)(v->blocks * 4 + SECTOR - 1) / SECTOR * SECTOR;
	v->table = arena_alloc(mem, len);
	memset(v->table, UNUSED, len);
	memcpy(h, "cxsparse", 8);
	put_be64(h + 8, UINT64_MAX);
	put_be64(h + 16, FOOTER + HEADER);
	put_be32(h + 24, 0x00010000);
	put_be32(h + 28, (uint32_t)v->blocks);
	put_be32(h + 32, BLOCK);
	put_be32(h + 36, sum_of(h, HEADER));
	if (out_write(v->to, v->footer, FOOTER, d) < 0 || out_write(v->to, h, HEADER, d) < 0 ||
		out_write(v->to, v->table, len, d) < 0 ||
		clusters_each(v->from, &o, put_block, v, d) < 0)
		return -1;
	return out_pwrite(v->to, v->table, len, FOOTER + HEADER, d);
}

int vhd_write(const struct raw_disk *from, bool dynamic, struct out *to, struct diags *d)
{
	struct vhd v = { .from = from, .to = to };
	if (from->size > SIZE_MAX_VHD)
		return fail(d, KIND_INPUT, "build qcow2 or raw, or make the disk smaller",
			"the disk has %llu MiB, %llu more than a VHD may have",
			(unsigned long long)(from->size >> 20),
			(unsigned long long)((from->size - SIZE_MAX_VHD + (1 << 20) - 1) >> 20));
	make_footer(&v, dynamic ? DYNAMIC : FIXED);
	int rc = dynamic ? put_dynamic(&v, d) : out_copy_sparse(to, from->fd, 0, from->size, d);
	return rc < 0 ? -1 : out_write(to, v.footer, FOOTER, d);
}
