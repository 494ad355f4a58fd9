/*
 * Names are Rock Ridge's; those of ECMA-119 are numbers, which are unique, sorted, and valid
 * whatever a file is called. Folders are as deep as they are (ECMA-119 6.8.2.1 stops at eight,
 * which no reader in use minds).
 *
 * On the disc: descriptors, path tables, folders, what does not fit into their records, contents.
 */
#include "mkimage/fs/fs_iso_impl.h"

#include <string.h>
#include <time.h>

enum {
	PRIMARY = 16,
	PATHS = 18,
	DIRS_MAX = 65535, /* the path table's numbers have 16 bits */
	DIR_FLAG = 2,
	VOLUME_ID = 32,
};

static const int64_t first_time = -2208988800, last_time = 5869583999;

static int cannot(struct iso *iso, const struct node *n, const char *what)
{
	return fail(iso->d, KIND_INPUT, "leave it out, or use a format with a squashfs root",
		"\"%s\" cannot go onto an ISO: %s", tree_path(iso->mem, n), what);
}

static int check(struct iso *iso, struct node *n)
{
	const struct inode *i = n->inode;
	if (i->mtime < first_time || i->mtime > last_time)
		return cannot(iso, n, "its time is not between 1900 and 2155");
	if (i->type == NODE_FILE && i->content.size > UINT32_MAX)
		return cannot(iso, n,
			arena_fmt(iso->mem,
				"it has %llu bytes, %llu more than a file may have there",
				(unsigned long long)i->content.size,
				(unsigned long long)i->content.size - UINT32_MAX));
	return 0;
}

static int collect(struct iso *iso, const struct tree *t)
{
	vec_push(iso->mem, &iso->dirs, ((struct iso_dir){ .node = t->root }));
	for (size_t i = 0; i < iso->dirs.len; i++) {
		const struct node *dir = iso->dirs.items[i].node;
		for (size_t k = 0; k < dir->len; k++) {
			struct node *n = dir->children[k];
			if (check(iso, n) < 0)
				return -1;
			if (n->inode->type == NODE_DIR) {
				struct iso_dir one = { .node = n, .parent = i, .index = k };
				vec_push(iso->mem, &iso->dirs, one);
				n->inode->serial = iso->dirs.len;
			} else if (!n->inode->serial) {
				struct iso_file one = { .inode = n->inode };
				vec_push(iso->mem, &iso->files, one);
				n->inode->serial = iso->files.len;
			}
		}
	}
	if (iso->dirs.len > DIRS_MAX)
		return fail(iso->d, KIND_INPUT, "use a format with a squashfs root",
			"an ISO holds %d folders, and the root has %zu, %zu more", DIRS_MAX,
			iso->dirs.len, iso->dirs.len - DIRS_MAX);
	return 0;
}

/* Sizes of folders do not depend on where things are: they are made twice. */
static int place(struct iso *iso)
{
	size_t len;
	struct iso_bytes scratch = { 0 };
	uint64_t at = PATHS + 2 * (uint64_t)iso_put_paths(iso, &len);
	for (size_t i = 0; i < iso->dirs.len; i++) {
		scratch.len = 0;
		iso_put_dir(iso, i, &scratch);
		iso->dirs.items[i].size = iso_sectors(scratch.len) * ISO_SECTOR;
		iso->dirs.items[i].sector = (uint32_t)at;
		at += iso_sectors(scratch.len);
	}
	iso->more_at = (uint32_t)at;
	at += iso_sectors(iso->more.len);
	for (size_t i = 0; i < iso->files.len; i++) {
		struct iso_file *f = &iso->files.items[i];
		f->sector = (uint32_t)at;
		if (f->inode->type == NODE_FILE)
			at += iso_sectors(f->inode->content.size);
	}
	if (at > UINT32_MAX)
		return fail(iso->d, KIND_INPUT, "use a format with a squashfs root",
			"the root is larger than an ISO can be, 8 TiB");
	iso->end = (uint32_t)at;
	return 0;
}

static void put_date(uint8_t *at, int64_t t)
{
	struct tm tm;
	time_t seconds = (time_t)t;
	char text[64];
	gmtime_r(&seconds, &tm);
	snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02d00", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(at, text, 16);
}

static int put_descriptors(struct iso *iso, uint32_t path_sectors, size_t path_len)
{
	uint8_t b[2 * ISO_SECTOR] = { 0 }, *s = b, *root = b + 156;
	const char *label = iso->o->label ? iso->o->label : "ROOT";
	memcpy(s, "\1CD001\1", 7);
	memset(s + 8, ' ', 64);
	memcpy(s + 40, label, strnlen(label, VOLUME_ID));
	iso_both32(s + 80, iso->end);
	iso_both16(s + 120, 1);
	iso_both16(s + 124, 1);
	iso_both16(s + 128, ISO_SECTOR);
	iso_both32(s + 132, (uint32_t)path_len);
	put_le32(s + 140, PATHS);
	put_be32(s + 148, PATHS + path_sectors);
	root[0] = ISO_RECORD + 1;
	iso_both32(root + 2, iso->dirs.items[0].sector);
	iso_both32(root + 10, iso->dirs.items[0].size);
	iso_time(root + 18, iso->o->epoch);
	root[25] = DIR_FLAG;
	iso_both16(root + 28, 1);
	root[32] = 1;
	memset(s + 190, ' ', 623);
	memcpy(s + 574, "SLIPWAY", 7);
	put_date(s + 813, iso->o->epoch);
	put_date(s + 830, iso->o->epoch);
	memset(s + 847, '0', 16);
	put_date(s + 864, iso->o->epoch);
	s[881] = 1;
	memcpy(b + ISO_SECTOR, "\377CD001\1", 7);
	return out_write(iso->to, b, sizeof(b), iso->d);
}

static int put_bytes(struct iso *iso, const struct iso_bytes *b)
{
	if (b->len && out_write(iso->to, b->items, b->len, iso->d) < 0)
		return -1;
	return out_align(iso->to, ISO_SECTOR, iso->d);
}

static int put_all(struct iso *iso)
{
	struct iso_bytes dir = { 0 };
	size_t path_len;
	uint32_t path_sectors = iso_put_paths(iso, &path_len);
	if (out_skip(iso->to, PRIMARY * ISO_SECTOR, iso->d) < 0 ||
		put_descriptors(iso, path_sectors, path_len) < 0 || put_bytes(iso, &iso->paths) < 0)
		return -1;
	iso->more.len = 0;
	for (size_t i = 0; i < iso->dirs.len; i++) {
		dir.len = 0;
		iso_put_dir(iso, i, &dir);
		if (put_bytes(iso, &dir) < 0)
			return -1;
	}
	if (put_bytes(iso, &iso->more) < 0)
		return -1;
	for (size_t i = 0; i < iso->files.len; i++) {
		const struct inode *n = iso->files.items[i].inode;
		if (n->type == NODE_FILE && (fs_content(&n->content, iso->to, iso->d) < 0 ||
						    out_align(iso->to, ISO_SECTOR, iso->d) < 0))
			return -1;
	}
	return 0;
}

static int write_iso(
	const struct tree *t, const struct fs_options *o, struct out *to, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct iso iso = { .mem = mem, .o = o, .to = to, .d = d };
	size_t with_xattrs;
	if (fs_begin(t, &with_xattrs, d) < 0)
		return -1;
	if (with_xattrs)
		warn_at(d, (struct pos){ .file = NULL },
			"use a format with a squashfs root to keep file capabilities",
			"%zu files lose their extended attributes: Rock Ridge has none",
			with_xattrs);
	if (collect(&iso, t) < 0 || place(&iso) < 0)
		return -1;
	return put_all(&iso);
}

const struct fs_writer fs_iso = { "iso9660", write_iso };
