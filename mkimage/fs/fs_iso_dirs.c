/* Folders, and the tables of all of them. */
#include "mkimage/fs/fs_iso_impl.h"

#include <string.h>

enum { DIR_FLAG = 2, PATH_HEAD = 8, PATH_NAME = 16 };

static struct iso_inode describe(const struct iso *iso, const struct node *n)
{
	const struct inode *i = n->inode;
	struct iso_inode out = { .inode = i, .links = i->links, .number = (uint32_t)i->serial };
	if (i->type != NODE_DIR) {
		out.number += (uint32_t)iso->dirs.len;
		return out;
	}
	if (!n->parent)
		out.number = 1;
	out.links = 2;
	for (size_t k = 0; k < n->len; k++)
		out.links += n->children[k]->inode->type == NODE_DIR;
	return out;
}

/* ECMA-119 9.1. No record crosses a sector's end. */
static void put_record(struct iso *iso, struct iso_bytes *to, const char *name, size_t name_len,
	uint32_t sector, uint32_t size, bool dir, int64_t time, const struct iso_susp *s)
{
	uint8_t r[256] = { 0 };
	size_t system = (ISO_RECORD + name_len + 1) / 2 * 2;
	size_t used = iso_susp_put(
		iso->mem, s, r + system, ISO_RECORD_MAX - system, &iso->more, iso->more_at);
	size_t len = (system + used + 1) / 2 * 2;
	r[0] = (uint8_t)len;
	iso_both32(r + 2, sector);
	iso_both32(r + 10, size);
	iso_time(r + 18, time);
	r[25] = dir ? DIR_FLAG : 0;
	iso_both16(r + 28, 1);
	r[32] = (uint8_t)name_len;
	memcpy(r + ISO_RECORD, name, name_len);
	size_t rest = ISO_SECTOR - to->len % ISO_SECTOR;
	for (size_t i = 0; rest < len && i < rest; i++)
		vec_push(iso->mem, to, (uint8_t)0);
	for (size_t i = 0; i < len; i++)
		vec_push(iso->mem, to, r[i]);
}

/* Its own record, and that of the folder above it. */
static void put_dots(struct iso *iso, size_t index, struct iso_bytes *to)
{
	const struct iso_dir *own = &iso->dirs.items[index];
	const struct iso_dir *dots[] = { own, &iso->dirs.items[own->parent] };
	for (size_t i = 0; i < ARRAY_LEN(dots); i++) {
		struct iso_susp s = { .len = 0 };
		struct iso_inode in = describe(iso, dots[i]->node);
		if (index == 0 && i == 0)
			iso_rock_first(&s);
		iso_rock(&s, &in, NULL);
		put_record(iso, to, i ? "\1" : "\0", 1, dots[i]->sector, dots[i]->size, true,
			in.inode->mtime, &s);
	}
}

void iso_put_dir(struct iso *iso, size_t index, struct iso_bytes *to)
{
	const struct node *dir = iso->dirs.items[index].node;
	put_dots(iso, index, to);
	for (size_t k = 0; k < dir->len; k++) {
		const struct node *n = dir->children[k];
		const struct inode *i = n->inode;
		struct iso_susp s = { .len = 0 };
		struct iso_inode in = describe(iso, n);
		bool is_dir = i->type == NODE_DIR;
		uint32_t sector = 0, size = 0;
		char name[ISO_NAME_MAX + 8];
		iso_rock(&s, &in, n->name);
		if (is_dir) {
			sector = iso->dirs.items[i->serial - 1].sector;
			size = iso->dirs.items[i->serial - 1].size;
		} else if (i->type == NODE_FILE) {
			sector = iso->files.items[i->serial - 1].sector;
			size = (uint32_t)i->content.size;
		}
		snprintf(name, sizeof(name), "%08u%s", (unsigned)k, is_dir ? "" : ".;1");
		put_record(iso, to, name, strlen(name), sector, size, is_dir, i->mtime, &s);
	}
}

/* ECMA-119 9.4 */
static void put_path(struct iso *iso, size_t index, bool big)
{
	const struct iso_dir *dir = &iso->dirs.items[index];
	uint8_t e[PATH_HEAD + PATH_NAME] = { 0 };
	size_t len = 1;
	uint16_t parent = (uint16_t)(dir->parent + 1);
	if (index)
		len = (size_t)snprintf(
			(char *)e + PATH_HEAD, PATH_NAME, "%08u", (unsigned)dir->index);
	e[0] = (uint8_t)len;
	if (big)
		put_be32(e + 2, dir->sector);
	else
		put_le32(e + 2, dir->sector);
	put_le16(e + 6, big ? __builtin_bswap16(parent) : parent);
	for (size_t i = 0; i < PATH_HEAD + (len + 1) / 2 * 2; i++)
		vec_push(iso->mem, &iso->paths, e[i]);
}

uint32_t iso_put_paths(struct iso *iso, size_t *len)
{
	iso->paths.len = 0;
	for (int big = 0; big < 2; big++) {
		for (size_t i = 0; i < iso->dirs.len; i++)
			put_path(iso, i, big);
		if (!big)
			*len = iso->paths.len;
		while (iso->paths.len % ISO_SECTOR)
			vec_push(iso->mem, &iso->paths, (uint8_t)0);
	}
	return iso_sectors(*len);
}
