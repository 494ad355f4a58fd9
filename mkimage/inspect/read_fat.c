/* FAT16 and FAT32 (Microsoft's FAT specification 1.03), with long names. */
#include "mkimage/inspect/inspect_impl.h"

#include <string.h>

enum {
	ENTRY = 32,
	ATTR_LABEL = 0x08,
	ATTR_DIR = 0x10,
	ATTR_LONG = 0x0f,
	LONG_CHARS = 13,
	LONG_MAX = 20, /* entries of one name */
	DIR_MAX = 2 << 20,
};

struct fat {
	struct inspector *x;
	struct inspect_part *p;
	bool fat32;
	uint32_t unit;	/* bytes of a cluster */
	uint64_t table; /* where the first FAT begins; bytes */
	uint64_t data;	/* where cluster 2 begins */
	uint32_t clusters;
	uint64_t root; /* FAT16's, which is no chain of clusters */
	uint32_t root_len, root_cluster;
	unsigned nodes, depth;
	char long_name[LONG_MAX * LONG_CHARS + 1];
};

bool is_fat(struct inspector *x, const struct inspect_part *p)
{
	uint8_t b[512];
	(void)x;
	return content_read(&p->content, 0, b, sizeof(b)) == sizeof(b) && b[510] == 0x55 &&
	       b[511] == 0xaa &&
	       (memcmp(b + 54, "FAT16   ", 8) == 0 || memcmp(b + 82, "FAT32   ", 8) == 0);
}

static int read_shape(struct fat *f)
{
	uint8_t b[512];
	if (part_read(f->x, f->p, 0, b, sizeof(b)) < 0)
		return -1;
	uint32_t sector = get_le16(b + 11), per_cluster = b[13], reserved = get_le16(b + 14);
	uint32_t root_entries = get_le16(b + 17), total = get_le16(b + 19), len = get_le16(b + 22);
	if (!total)
		total = get_le32(b + 32);
	if (!len)
		len = get_le32(b + 36);
	uint64_t meta = reserved + (uint64_t)b[16] * len +
			((uint64_t)root_entries * ENTRY + sector - 1) / (sector ? sector : 1);
	if (sector < 512 || sector > 4096 || (sector & (sector - 1)) || !per_cluster || !reserved ||
		meta >= total)
		return part_fail(f->x, f->p, "its first sector gives impossible sizes");
	f->unit = sector * per_cluster;
	f->table = (uint64_t)reserved * sector;
	f->data = meta * sector;
	f->clusters = (uint32_t)((total - meta) / per_cluster);
	f->root = f->table + (uint64_t)b[16] * len * sector;
	f->root_len = root_entries * ENTRY;
	f->fat32 = !root_entries;
	f->root_cluster = f->fat32 ? get_le32(b + 44) : 0;
	return 0;
}

/* The cluster after it; 0: it is the last. */
static int next_cluster(struct fat *f, uint32_t at, uint32_t *out)
{
	uint8_t e[4];
	uint32_t size = f->fat32 ? 4 : 2, end = f->fat32 ? 0x0ffffff8 : 0xfff8;
	if (part_read(f->x, f->p, f->table + (uint64_t)at * size, e, size) < 0)
		return -1;
	uint32_t v = f->fat32 ? get_le32(e) & 0x0fffffff : get_le16(e);
	*out = v >= end ? 0 : v;
	return 0;
}

static int check_cluster(struct fat *f, uint32_t at, const char *path)
{
	if (at < 2 || at - 2 >= f->clusters)
		return part_fail(
			f->x, f->p, "\"%s\" lies in cluster %u, which it does not have", path, at);
	return 0;
}

static uint64_t place(const struct fat *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - 2) * f->unit;
}

/* A file in several pieces, copied into one. */
static int gather(struct fat *f, uint32_t first, const char *path, struct content *out)
{
	AUTO_OUT to = NULL;
	char *buf = arena_alloc(f->x->of->mem, f->unit);
	uint32_t at = first;
	if (out_scratch(f->x->scratch, &to, f->x->d) < 0)
		return -1;
	for (uint64_t left = out->size; left;) {
		size_t n = left < f->unit ? (size_t)left : f->unit;
		if (check_cluster(f, at, path) < 0 ||
			part_read(f->x, f->p, place(f, at), buf, n) < 0 ||
			out_write(to, buf, n, f->x->d) < 0 || next_cluster(f, at, &at) < 0)
			return -1;
		left -= n;
	}
	uint64_t stored = out->stored;
	if (part_keep(f->x, to, out) < 0)
		return -1;
	out->stored = stored;
	return 0;
}

static int file_content(
	struct fat *f, uint32_t first, uint32_t size, const char *path, struct content *out)
{
	uint32_t at = first, count = (uint32_t)(((uint64_t)size + f->unit - 1) / f->unit), next;
	*out = (struct content){ .size = size, .bytes = "", .fd = -1 };
	if (!size)
		return 0;
	out->bytes = NULL;
	out->stored = (uint64_t)count * f->unit;
	for (uint32_t i = 0; i < count; i++, at = next) {
		if (check_cluster(f, at, path) < 0 || next_cluster(f, at, &next) < 0)
			return -1;
		if (i + 1 < count && next != at + 1)
			return gather(f, first, path, out);
	}
	if (part_range(f->x, f->p, place(f, first), size, out) < 0)
		return -1;
	out->stored = (uint64_t)count * f->unit;
	return 0;
}

/* 13 UTF-16 characters of a long name; others than ASCII become '_'. */
static void long_part(struct fat *f, const uint8_t *e)
{
	static const uint8_t at[LONG_CHARS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	unsigned order = e[0] & 0x3f;
	if (e[0] & 0x40)
		memset(f->long_name, 0, sizeof(f->long_name));
	if (order < 1 || order > LONG_MAX)
		return;
	for (size_t i = 0; i < LONG_CHARS; i++) {
		uint16_t c = get_le16(e + at[i]);
		f->long_name[(order - 1) * LONG_CHARS + i] = (char)(c == 0xffff ? 0
								    : c < 0x80	? c
										: '_');
	}
}

static const char *entry_name(struct fat *f, const uint8_t *e)
{
	char name[13];
	size_t len = 0;
	if (f->long_name[0])
		return arena_str(f->x->of->mem, f->long_name);
	for (size_t i = 0; i < 8 && e[i] != ' '; i++)
		name[len++] = (char)e[i];
	for (size_t i = 8; i < 11 && e[i] != ' '; i++) {
		if (i == 8)
			name[len++] = '.';
		name[len++] = (char)e[i];
	}
	return arena_strn(f->x->of->mem, name, len);
}

static int read_dir(struct fat *f, struct node *dir, const uint8_t *bytes, size_t len);

static int read_chain(struct fat *f, struct node *dir, uint32_t first)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	for (uint32_t at = first; at; len += f->unit) {
		if (len + f->unit > DIR_MAX)
			return part_fail(f->x, f->p,
				"the folder \"%s\" is too large, or goes in circles", dir->name);
		bytes = arena_grow(f->x->of->mem, bytes, len, len + f->unit);
		if (check_cluster(f, at, dir->name) < 0 ||
			part_read(f->x, f->p, place(f, at), bytes + len, f->unit) < 0 ||
			next_cluster(f, at, &at) < 0)
			return -1;
	}
	return read_dir(f, dir, bytes, len);
}

static int read_entry(struct fat *f, struct node *dir, const uint8_t *e)
{
	struct tree *t = f->p->tree;
	const char *name = entry_name(f, e);
	f->long_name[0] = '\0';
	bool folder = e[11] & ATTR_DIR;
	uint32_t first = (uint32_t)get_le16(e + 20) << 16 | get_le16(e + 26);
	struct inode *i = tree_inode(
		t, folder ? NODE_DIR : NODE_FILE, folder ? 0755 : 0644, 0, 0, 0);
	struct node *n;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (!*name || strchr(name, '/'))
		return part_fail(f->x, f->p, "the folder \"%s\" has an entry without a usable name",
			dir->name);
	if (++f->nodes > INSPECT_NODES_MAX || f->depth > INSPECT_TREE_DEPTH)
		return part_fail(f->x, f->p, "it has too many files, or goes in circles");
	if (!folder && file_content(f, first, get_le32(e + 28), name, &i->content) < 0)
		return -1;
	if (tree_put(t, dir, name, i, &n, f->x->d) < 0)
		return -1;
	return folder ? read_chain(f, n, first) : 0;
}

static int read_dir(struct fat *f, struct node *dir, const uint8_t *bytes, size_t len)
{
	f->depth++;
	for (size_t at = 0; at + ENTRY <= len && bytes[at]; at += ENTRY) {
		const uint8_t *e = bytes + at;
		if (e[0] == 0xe5) {
			f->long_name[0] = '\0';
			continue;
		}
		if ((e[11] & ATTR_LONG) == ATTR_LONG) {
			long_part(f, e);
			continue;
		}
		if (!(e[11] & ATTR_LABEL) && read_entry(f, dir, e) < 0)
			return -1;
	}
	f->depth--;
	return 0;
}

int read_fat(struct inspector *x, struct inspect_part *p)
{
	struct fat f = { .x = x, .p = p };
	if (read_shape(&f) < 0)
		return -1;
	p->tree = tree_new(x->of->mem, 0);
	if (f.fat32) {
		if (read_chain(&f, p->tree->root, f.root_cluster) < 0)
			return -1;
	} else {
		uint8_t *bytes = arena_alloc(x->of->mem, f.root_len);
		if (part_read(x, p, f.root, bytes, f.root_len) < 0 ||
			read_dir(&f, p->tree->root, bytes, f.root_len) < 0)
			return -1;
	}
	return part_add_files(x, p);
}
