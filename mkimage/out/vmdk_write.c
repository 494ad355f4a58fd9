/* Grains in order, each with a marker; the tables behind them, and their place in a footer. */
#include "mkimage/out/clusters.h"

#include "base/arena.h"
#include "base/endian.h"

#include <string.h>

enum {
	SECTOR = 512,
	GRAIN = 1 << 16,
	GRAIN_SECTORS = GRAIN / SECTOR,
	TABLE_ENTRIES = 512,
	TABLE = TABLE_ENTRIES * 4,
	DESCRIPTOR_SECTORS = 20,
	OVERHEAD = 128, /* sectors in front of the first grain */
	GRAIN_MARKER = 12,
	GRAIN_ROOM = GRAIN + GRAIN / 16, /* for what does not get smaller */
	HEADS = 255,
	TRACK = 63,
};

enum marker { MARKER_END, MARKER_TABLE, MARKER_DIRECTORY, MARKER_FOOTER };

#define AT_END UINT64_MAX /* where the directory is: see the footer */

struct vmdk {
	uint64_t sectors;
	uint32_t *directory;
	uint64_t directory_len;
	uint64_t current; /* the table that grains go into */
	uint8_t table[TABLE];
	bool filled; /* it has some */
	struct out *to;
};

static int put_marker(struct vmdk *v, enum marker type, uint64_t sectors, struct diags *d)
{
	uint8_t m[SECTOR] = { 0 };
	put_le64(m, sectors);
	put_le32(m + 12, type);
	return out_write(v->to, m, sizeof(m), d);
}

static int end_table(struct vmdk *v, struct diags *d)
{
	if (!v->filled)
		return 0;
	if (put_marker(v, MARKER_TABLE, TABLE / SECTOR, d) < 0)
		return -1;
	v->directory[v->current] = (uint32_t)(out_size(v->to) / SECTOR);
	if (out_write(v->to, v->table, TABLE, d) < 0)
		return -1;
	memset(v->table, 0, TABLE);
	v->filled = false;
	return 0;
}

static int put_grain(void *ctx, const struct cluster *c, struct diags *d)
{
	struct vmdk *v = ctx;
	uint8_t marker[GRAIN_MARKER];
	if (!c->packed)
		return fail(d, KIND_BUG, NULL, "a piece of the disk cannot be compressed");
	if (c->index / TABLE_ENTRIES != v->current && end_table(v, d) < 0)
		return -1;
	v->current = c->index / TABLE_ENTRIES;
	uint64_t at = out_size(v->to) / SECTOR;
	if (at > UINT32_MAX)
		return fail(d, KIND_INPUT, "build qcow2 or raw",
			"the disk's contents are larger than the 2 TiB of a VMDK file");
	put_le32(v->table + c->index % TABLE_ENTRIES * 4, (uint32_t)at);
	v->filled = true;
	put_le64(marker, c->index * GRAIN_SECTORS);
	put_le32(marker + 8, (uint32_t)c->packed_len);
	if (out_write(v->to, marker, sizeof(marker), d) < 0 ||
		out_write(v->to, c->packed, c->packed_len, d) < 0)
		return -1;
	return out_align(v->to, SECTOR, d);
}

static int put_header(const struct vmdk *v, uint64_t directory, struct diags *d)
{
	uint8_t h[SECTOR] = { 0 };
	memcpy(h, "KDMV", 4);
	put_le32(h + 4, 3);
	put_le32(h + 8, 0x30001); /* line ends below, compressed grains, markers */
	put_le64(h + 12, v->sectors);
	put_le64(h + 20, GRAIN_SECTORS);
	put_le64(h + 28, 1);
	put_le64(h + 36, DESCRIPTOR_SECTORS);
	put_le32(h + 44, TABLE_ENTRIES);
	put_le64(h + 56, directory);
	put_le64(h + 64, OVERHEAD);
	memcpy(h + 73, "\n \r\n", 4);
	put_le16(h + 77, 1); /* RFC 1950 */
	return out_write(v->to, h, sizeof(h), d);
}

static int put_descriptor(
	const struct vmdk *v, const struct raw_disk *from, const char *name, struct diags *d)
{
	char text[DESCRIPTOR_SECTORS * SECTOR] = { 0 };
	uint64_t cylinders = v->sectors / (HEADS * TRACK);
	const char *made = arena_fmt(d->mem,
		"# Disk DescriptorFile\n"
		"version=1\n"
		"CID=%08x\n"
		"parentCID=ffffffff\n"
		"createType=\"streamOptimized\"\n"
		"\n"
		"# Extent description\n"
		"RW %llu SPARSE \"%s\"\n"
		"\n"
		"# The Disk Data Base\n"
		"#DDB\n"
		"\n"
		"ddb.virtualHWVersion = \"4\"\n"
		"ddb.geometry.cylinders = \"%llu\"\n"
		"ddb.geometry.heads = \"%d\"\n"
		"ddb.geometry.sectors = \"%d\"\n"
		"ddb.adapterType = \"lsilogic\"\n",
		get_le32(from->id), (unsigned long long)v->sectors, name,
		(unsigned long long)cylinders, HEADS, TRACK);
	size_t len = strlen(made);
	if (len >= sizeof(text))
		return fail(d, KIND_INPUT, "give it a shorter --name",
			"the name \"%s\" is too long for a VMDK", name);
	memcpy(text, made, len);
	return out_write(v->to, text, sizeof(text), d);
}

static int put_directory(struct vmdk *v, uint64_t *at, struct diags *d)
{
	uint64_t sectors = (v->directory_len * 4 + SECTOR - 1) / SECTOR;
	if (put_marker(v, MARKER_DIRECTORY, sectors, d) < 0)
		return -1;
	*at = out_size(v->to) / SECTOR;
	for (uint64_t i = 0; i < v->directory_len; i++) {
		uint8_t entry[4];
		put_le32(entry, v->directory[i]);
		if (out_write(v->to, entry, sizeof(entry), d) < 0)
			return -1;
	}
	return out_align(v->to, SECTOR, d);
}

int vmdk_write(const struct raw_disk *from, const char *name, struct out *to, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	const struct cluster_options o = { GRAIN, GRAIN_ROOM, pack_zlib };
	struct vmdk *v = ARENA_NEW(mem, struct vmdk);
	uint64_t grains = (from->size + GRAIN - 1) / GRAIN, directory;
	*v = (struct vmdk){ .sectors = grains * GRAIN_SECTORS, .to = to };
	v->directory_len = (grains + TABLE_ENTRIES - 1) / TABLE_ENTRIES;
	v->directory = arena_array(mem, (size_t)v->directory_len, sizeof(*v->directory));
	if (put_header(v, AT_END, d) < 0 || put_descriptor(v, from, name, d) < 0 ||
		out_skip(to, OVERHEAD * SECTOR - out_size(to), d) < 0 ||
		clusters_each(from, &o, put_grain, v, d) < 0 || end_table(v, d) < 0 ||
		put_directory(v, &directory, d) < 0 || put_marker(v, MARKER_FOOTER, 1, d) < 0 ||
		put_header(v, directory, d) < 0)
		return -1;
	return put_marker(v, MARKER_END, 0, d);
}
