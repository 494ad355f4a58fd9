#include "mkimage/disk/fat_impl.h"

#include "base/endian.h"

#include <string.h>
#include <time.h>

enum {
	ATTR_LABEL = 0x08,
	ATTR_DIR = 0x10,
	ATTR_FILE = 0x20,
	MEDIA = 0xF8,
	INFO_SECTOR = 1,
	BACKUP_SECTOR = 6
};

struct fat {
	struct arena *mem;
	const struct fat_options *o;
	struct fat_nodes nodes;
	struct fat_shape shape;
	char label[FAT_NAME];
	uint32_t serial;
	uint16_t date, time;
	struct out *to;
	struct diags *d;
};

/* Local time of nowhere: UTC, in steps of two seconds, from 1980 to 2107. */
static void set_time(struct fat *f, int64_t epoch)
{
	static const int64_t first = 315532800, last = 4354819198;
	time_t t = (time_t)(epoch < first ? first : epoch > last ? last : epoch);
	struct tm tm;
	gmtime_r(&t, &tm);
	f->date = (uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
	f->time = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
}

static int set_label(struct fat *f)
{
	size_t len = strlen(f->o->label);
	if (len > FAT_NAME)
		return fail(f->d, KIND_INPUT, NULL, "the FAT label \"%s\" is longer than 11 bytes",
			f->o->label);
	memset(f->label, ' ', FAT_NAME);
	memcpy(f->label, f->o->label, len);
	return 0;
}

static int set_serial(struct fat *f)
{
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	const char *id = f->o->id;
	hasher_add(h, f->label, FAT_NAME);
	if (id)
		hasher_add(h, id, strlen(id));
	for (size_t i = 1; i < f->nodes.len; i++) {
		const struct fat_node *n = &f->nodes.items[i];
		hasher_add(h, n->name, FAT_NAME);
		if (!id && n->content && part_hash(n->content, h, f->d) < 0)
			return -1;
	}
	struct digest g;
	hasher_take(h, &g);
	f->serial = get_le32(g.bytes);
	return 0;
}

static void boot_sector(const struct fat *f, uint8_t *b)
{
	const struct fat_shape *s = &f->shape;
	memcpy(b, s->fat32 ? "\xEB\x58\x90SLIPWAY " : "\xEB\x3C\x90SLIPWAY ", 11);
	put_le16(b + 11, FAT_SECTOR);
	b[13] = (uint8_t)s->per_cluster;
	put_le16(b + 14, (uint16_t)s->reserved);
	b[16] = 2;
	put_le16(b + 17, s->fat32 ? 0 : FAT16_ROOT_ENTRIES);
	bool small = !s->fat32 && s->total < 0x10000;
	put_le16(b + 19, small ? (uint16_t)s->total : 0);
	b[21] = MEDIA;
	put_le16(b + 22, s->fat32 ? 0 : (uint16_t)s->fat_sectors);
	put_le16(b + 24, 63); /* sectors a track, heads: for BIOS calls that nobody makes */
	put_le16(b + 26, 255);
	put_le32(b + 32, small ? 0 : (uint32_t)s->total);
	uint8_t *x = b + 36;
	if (s->fat32) {
		put_le32(b + 36, s->fat_sectors);
		put_le32(b + 44, f->nodes.items[0].first);
		put_le16(b + 48, INFO_SECTOR);
		put_le16(b + 50, BACKUP_SECTOR);
		x = b + 64;
	}
	x[0] = 0x80;
	x[2] = 0x29; /* serial, label and kind follow */
	put_le32(x + 3, f->serial);
	memcpy(x + 7, f->label, FAT_NAME);
	memcpy(x + 18, s->fat32 ? "FAT32   " : "FAT16   ", 8);
	put_le16(b + 510, 0xAA55);
}

static uint32_t used_clusters(const struct fat *f)
{
	uint32_t used = 0;
	for (size_t i = 0; i < f->nodes.len; i++)
		used += f->nodes.items[i].clusters;
	return used;
}

static int write_reserved(struct fat *f)
{
	size_t len = (size_t)f->shape.reserved * FAT_SECTOR;
	uint8_t *b = arena_alloc(f->mem, len);
	boot_sector(f, b);
	if (f->shape.fat32) {
		uint8_t *info = b + INFO_SECTOR * FAT_SECTOR;
		uint32_t used = used_clusters(f);
		put_le32(info, 0x41615252);
		put_le32(info + 484, 0x61417272);
		put_le32(info + 488, f->shape.clusters - used);
		put_le32(info + 492, FAT_FIRST_CLUSTER + used);
		put_le16(info + 510, 0xAA55);
		memcpy(b + BACKUP_SECTOR * FAT_SECTOR, b, 2 * FAT_SECTOR);
	}
	return out_write(f->to, b, len, f->d);
}

static void put_fat(const struct fat *f, uint8_t *table, uint32_t cluster, uint32_t next)
{
	if (f->shape.fat32)
		put_le32(table + (size_t)cluster * 4, next);
	else
		put_le16(table + (size_t)cluster * 2, (uint16_t)next);
}

static int write_tables(struct fat *f)
{
	size_t len = (size_t)f->shape.fat_sectors * FAT_SECTOR;
	uint8_t *table = arena_alloc(f->mem, len);
	put_fat(f, table, 0, 0x0FFFFF00 | MEDIA);
	put_fat(f, table, 1, 0x0FFFFFFF);
	for (size_t i = 0; i < f->nodes.len; i++) {
		const struct fat_node *n = &f->nodes.items[i];
		for (uint32_t c = 0; c < n->clusters; c++)
			put_fat(f, table, n->first + c,
				c + 1 < n->clusters ? n->first + c + 1 : 0x0FFFFFFF);
	}
	if (out_write(f->to, table, len, f->d) < 0)
		return -1;
	return out_write(f->to, table, len, f->d);
}

static uint8_t *put_entry(
	const struct fat *f, uint8_t *e, const char *name, uint8_t attr, const struct fat_node *n)
{
	memcpy(e, name, FAT_NAME);
	e[11] = attr;
	put_le16(e + 14, f->time);
	put_le16(e + 16, f->date);
	put_le16(e + 18, f->date);
	put_le16(e + 22, f->time);
	put_le16(e + 24, f->date);
	if (n) {
		put_le16(e + 20, (uint16_t)(n->first >> 16));
		put_le16(e + 26, (uint16_t)n->first);
		put_le32(e + 28, n->content ? (uint32_t)n->content->size : 0);
	}
	return e + FAT_ENTRY;
}

static int write_folder(struct fat *f, size_t index)
{
	const struct fat_node *dir = &f->nodes.items[index];
	uint64_t room = dir->clusters ? (uint64_t)dir->clusters * f->shape.per_cluster
				      : f->shape.root_sectors;
	uint8_t *b = arena_alloc(f->mem, (size_t)room * FAT_SECTOR), *e = b;
	if (index == 0) {
		e = put_entry(f, e, f->label, ATTR_LABEL, NULL);
	} else {
		/* A parent that is the root has the number 0, on FAT32 too. */
		const struct fat_node *up = dir->parent ? &f->nodes.items[dir->parent] : NULL;
		e = put_entry(f, e, ".          ", ATTR_DIR, dir);
		e = put_entry(f, e, "..         ", ATTR_DIR, up);
	}
	for (size_t i = 1; i < f->nodes.len; i++) {
		const struct fat_node *n = &f->nodes.items[i];
		if (n->parent != index)
			continue;
		fat_put_long(n, e);
		e += fat_long_entries(n) * FAT_ENTRY;
		e = put_entry(f, e, n->name, n->content ? ATTR_FILE : ATTR_DIR, n);
	}
	return out_write(f->to, b, (size_t)room * FAT_SECTOR, f->d);
}

static int write_data(struct fat *f)
{
	for (size_t i = 0; i < f->nodes.len; i++) {
		if (!f->nodes.items[i].content && write_folder(f, i) < 0)
			return -1;
	}
	uint64_t unit = (uint64_t)f->shape.per_cluster * FAT_SECTOR;
	for (size_t i = 0; i < f->nodes.len; i++) {
		const struct fat_node *n = &f->nodes.items[i];
		if (!n->content)
			continue;
		if (f->o->offsets)
			f->o->offsets[n->file] = out_size(f->to);
		uint64_t pad = round_up(n->content->size, unit) - n->content->size;
		if (part_write(n->content, f->to, f->d) < 0 || out_skip(f->to, pad, f->d) < 0)
			return -1;
	}
	return 0;
}

int fat_write(const struct disk_file *files, size_t len, const struct fat_options *o,
	struct out *to, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct fat f = { .mem = mem, .o = o, .to = to, .d = d };
	uint64_t start = out_size(to);
	set_time(&f, o->epoch);
	if (fat_nodes_build(mem, files, len, &f.nodes, d) < 0 ||
		fat_layout(&f.nodes, o->size, o->fat32, &f.shape, d) < 0 || set_label(&f) < 0 ||
		set_serial(&f) < 0 || write_reserved(&f) < 0 || write_tables(&f) < 0 ||
		write_data(&f) < 0)
		return -1;
	uint64_t end = o->size ? o->size : f.shape.total * FAT_SECTOR;
	return out_skip(to, start + end - out_size(to), d);
}
