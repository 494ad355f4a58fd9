/* ISO 9660 (ECMA-119, 4th edition): Rock Ridge's names and modes; without it plain names without
 * their version. */
#include "mkimage/inspect/inspect_impl.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SECTOR = 2048,
	PRIMARY = 16,
	RECORD = 33,
	DIR_FLAG = 2,
	DIR_MAX = 8 << 20,
	NAME_MAX_LEN = 222
};

struct iso {
	struct inspector *x;
	struct inspect_part *p;
	unsigned nodes, depth;
};

bool is_iso(struct inspector *x, const struct inspect_part *p)
{
	uint8_t b[6];
	(void)x;
	return content_read(&p->content, PRIMARY * SECTOR, b, sizeof(b)) == sizeof(b) &&
	       memcmp(b, "\1CD001", sizeof(b)) == 0;
}

/* "KERNEL.;1" -> "kernel" */
static const char *plain_name(struct arena *a, const uint8_t *name, size_t len)
{
	char out[NAME_MAX_LEN + 1];
	size_t n = 0;
	for (size_t i = 0; i < len && i < NAME_MAX_LEN && name[i] != ';'; i++)
		out[n++] = (char)tolower(name[i]);
	while (n && out[n - 1] == '.')
		n--;
	return arena_strn(a, out, n);
}

static int read_dir(struct iso *s, struct node *dir, uint32_t sector, uint32_t size);

static enum node_type type_of(const struct rock_ridge *rr, bool folder)
{
	if (folder)
		return NODE_DIR;
	switch (rr->has_mode ? rr->mode & S_IFMT : S_IFREG) {
	case S_IFLNK:
		return NODE_SYMLINK;
	case S_IFCHR:
		return NODE_CHAR;
	case S_IFBLK:
		return NODE_BLOCK;
	case S_IFIFO:
		return NODE_FIFO;
	default:
		return NODE_FILE;
	}
}

static struct inode *inode_of(struct tree *t, const struct rock_ridge *rr, bool folder)
{
	enum node_type type = type_of(rr, folder);
	struct inode *i = tree_inode(t, type, folder ? 0755 : 0644, 0, 0, 0);
	if (rr->has_mode) {
		i->mode = rr->mode & 07777;
		i->uid = rr->uid;
		i->gid = rr->gid;
	}
	if (rr->has_time)
		i->mtime = rr->mtime;
	if (rr->has_device) {
		i->major = rr->major;
		i->minor = rr->minor;
	}
	if (type == NODE_SYMLINK)
		i->target = arena_strn(t->mem, rr->target, rr->target_len);
	return i;
}

/* A folder's first record is its own. */
static int moved_folder(struct iso *s, uint32_t at, uint32_t *sector, uint32_t *size)
{
	uint8_t r[RECORD];
	if (part_read(s->x, s->p, (uint64_t)at * SECTOR, r, sizeof(r)) < 0)
		return -1;
	*sector = at;
	*size = get_le32(r + 10);
	return 0;
}

static int read_record(struct iso *s, struct node *dir, const uint8_t *r)
{
	struct tree *t = s->p->tree;
	size_t name_len = r[32], system = RECORD + name_len + !(name_len & 1);
	uint32_t sector = get_le32(r + 2), size = get_le32(r + 10);
	bool folder = r[25] & DIR_FLAG;
	struct rock_ridge rr;
	struct node *n;
	if (name_len == 1 && r[RECORD] <= 1) /* itself, and its parent */
		return 0;
	if (read_rock_ridge(s->x, s->p, r + system, r[0] > system ? r[0] - system : 0, &rr) < 0)
		return -1;
	if (rr.moved)
		return 0;
	if (rr.child && moved_folder(s, rr.child, &sector, &size) < 0)
		return -1;
	folder |= rr.child != 0;
	const char *name = rr.name_len ? arena_strn(t->mem, rr.name, rr.name_len)
				       : plain_name(t->mem, r + RECORD, name_len);
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return part_fail(s->x, s->p, "the folder \"%s\" has an entry without a usable name",
			dir->name);
	if (++s->nodes > INSPECT_NODES_MAX || s->depth > INSPECT_TREE_DEPTH)
		return part_fail(s->x, s->p, "it has too many files, or goes in circles");
	struct inode *i = inode_of(t, &rr, folder);
	if (i->type == NODE_FILE) {
		if (part_range(s->x, s->p, (uint64_t)sector * SECTOR, size, &i->content) < 0)
			return fail_ctx(s->x->d, "looking at \"%s\"", name);
		i->content.stored = size;
	}
	if (tree_put(t, dir, name, i, &n, s->x->d) < 0)
		return -1;
	return folder ? read_dir(s, n, sector, size) : 0;
}

static int read_dir(struct iso *s, struct node *dir, uint32_t sector, uint32_t size)
{
	if (size > DIR_MAX)
		return part_fail(s->x, s->p, "the folder \"%s\" is too large", dir->name);
	uint8_t *bytes = arena_alloc(s->x->of->mem, size + 1);
	if (part_read(s->x, s->p, (uint64_t)sector * SECTOR, bytes, size) < 0)
		return -1;
	s->depth++;
	for (uint32_t at = 0; at < size;) {
		const uint8_t *r = bytes + at;
		uint32_t room = SECTOR - at % SECTOR; /* no record crosses a sector's end */
		if (room > size - at)
			room = size - at;
		if (!r[0]) {
			at += room;
			continue;
		}
		if (r[0] > room || r[0] <= RECORD || (uint32_t)RECORD + r[32] > r[0])
			return part_fail(
				s->x, s->p, "a record of the folder \"%s\" is damaged", dir->name);
		if (read_record(s, dir, r) < 0)
			return -1;
		at += r[0];
	}
	s->depth--;
	return 0;
}

int read_iso(struct inspector *x, struct inspect_part *p)
{
	struct iso s = { .x = x, .p = p };
	uint8_t b[SECTOR];
	if (part_read(x, p, PRIMARY * SECTOR, b, sizeof(b)) < 0)
		return -1;
	const uint8_t *root = b + 156;
	p->tree = tree_new(x->of->mem, 0);
	if (read_dir(&s, p->tree->root, get_le32(root + 2), get_le32(root + 10)) < 0)
		return -1;
	return part_add_files(x, p);
}
