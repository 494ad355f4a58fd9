/* EROFS (Linux fs/erofs/erofs_fs.h), as far as nothing in it is compressed. */
#include "mkimage/inspect/inspect_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SUPER = 1024,
	SUPER_LEN = 128,
	SLOT = 32,
	COMPACT = 32,
	EXTENDED = 64,
	BLOCK_BITS_MIN = 9,
	BLOCK_BITS_MAX = 16,
	DIRENT = 12,
	DIR_MAX = 16 << 20,
	TARGET_MAX = 4096,
	LAYOUT_FLAT = 0,
	LAYOUT_INLINE = 2,
};

/* An inode, wherever its fields are. */
struct einode {
	unsigned layout;
	uint32_t mode, uid, gid, where;
	uint64_t size,
		tail; /* tail: what is behind inode and attributes, in bytes from the start */
	int64_t mtime;
};

/* Lives as long as the image: contents in two pieces are read through it; a key is an inode's
 * number. */
struct erofs_in {
	struct content_reader base; /* first: content_read casts back */
	struct content content;
	uint64_t meta; /* bytes */
	unsigned bits;
	int64_t built; /* the time of compact inodes */
	struct inspector *x;
	struct inspect_part *p;
	unsigned nodes, depth;
};

/* False: it lies outside, or is of no kind that is known here. */
static bool inode_at(const struct erofs_in *e, uint64_t number, struct einode *out)
{
	uint8_t b[EXTENDED] = { 0 };
	uint64_t at = e->meta + number * SLOT;
	if (number > UINT64_MAX / SLOT / 2 || content_read(&e->content, at, b, sizeof(b)) < COMPACT)
		return false;
	bool extended = b[0] & 1;
	uint16_t attributes = get_le16(b + 2);
	*out = (struct einode){ .layout = get_le16(b) >> 1 & 7,
		.mode = get_le16(b + 4),
		.where = get_le32(b + 16),
		.size = extended ? get_le64(b + 8) : get_le32(b + 8),
		.uid = extended ? get_le32(b + 24) : get_le16(b + 24),
		.gid = extended ? get_le32(b + 28) : get_le16(b + 26),
		.mtime = extended ? (int64_t)get_le64(b + 32) : e->built };
	out->tail = at + (extended ? EXTENDED : COMPACT) +
		    (attributes ? 12 + 4 * (uint64_t)(attributes - 1) : 0);
	return out->layout == LAYOUT_FLAT || out->layout == LAYOUT_INLINE;
}

/* What is in whole blocks elsewhere. */
static uint64_t apart(const struct erofs_in *e, const struct einode *n)
{
	return n->layout == LAYOUT_FLAT ? n->size : n->size >> e->bits << e->bits;
}

static ssize_t read_pieces(
	const struct erofs_in *e, const struct einode *n, uint64_t at, void *buf, size_t len)
{
	uint64_t whole = apart(e, n);
	size_t first = at >= whole ? 0 : whole - at < len ? (size_t)(whole - at) : len;
	if (first && content_read(&e->content, ((uint64_t)n->where << e->bits) + at, buf, first) !=
			     (ssize_t)first)
		return -1;
	if (first < len && content_read(&e->content, n->tail + (at + first - whole),
				   (uint8_t *)buf + first, len - first) != (ssize_t)(len - first))
		return -1;
	return (ssize_t)len;
}

static ssize_t read_file(struct content_reader *r, uint64_t key, uint64_t at, void *buf, size_t len)
{
	const struct erofs_in *e = (const struct erofs_in *)r;
	struct einode n;
	if (inode_at(e, key, &n) && read_pieces(e, &n, at, buf, len) == (ssize_t)len)
		return (ssize_t)len;
	errno = EIO;
	return -1;
}

static int file_content(
	struct erofs_in *e, const struct einode *n, uint64_t number, struct content *out)
{
	uint64_t whole = apart(e, n), at = whole ? (uint64_t)n->where << e->bits : n->tail;
	struct content part;
	if (whole && whole < n->size) {
		if (part_range(e->x, e->p, at, whole, &part) < 0 ||
			part_range(e->x, e->p, n->tail, n->size - whole, &part) < 0)
			return -1;
		*out = (struct content){ .size = n->size, .offset = number, .reader = &e->base };
	} else if (part_range(e->x, e->p, at, n->size, out) < 0) {
		return -1;
	}
	out->stored = n->size;
	return 0;
}

static int read_all(struct erofs_in *e, const struct einode *n, size_t max, uint8_t **out)
{
	if (n->size > max)
		return part_fail(
			e->x, e->p, "a folder or link has %llu bytes", (unsigned long long)n->size);
	*out = arena_alloc(e->x->of->mem, (size_t)n->size + 1);
	return read_pieces(e, n, 0, *out, (size_t)n->size) < 0
		       ? part_fail(e->x, e->p, "a folder or link cannot be read")
		       : 0;
}

static int fill(struct erofs_in *e, const struct einode *n, uint64_t number, struct inode *i)
{
	uint8_t *text;
	switch (i->type) {
	case NODE_FILE:
		return file_content(e, n, number, &i->content);
	case NODE_SYMLINK:
		if (read_all(e, n, TARGET_MAX, &text) < 0)
			return -1;
		i->target = (char *)text;
		return 0;
	case NODE_CHAR:
	case NODE_BLOCK:
		i->major = n->where >> 8 & 0xfff;
		i->minor = (n->where & 0xff) | (n->where >> 12 & ~0xffU);
		return 0;
	case NODE_DIR:
	case NODE_FIFO:
		break;
	}
	return 0;
}

static enum node_type type_of(uint32_t mode)
{
	return S_ISDIR(mode)	? NODE_DIR
	       : S_ISLNK(mode)	? NODE_SYMLINK
	       : S_ISCHR(mode)	? NODE_CHAR
	       : S_ISBLK(mode)	? NODE_BLOCK
	       : S_ISFIFO(mode) ? NODE_FIFO
				: NODE_FILE;
}

static int read_dir(struct erofs_in *e, struct node *dir, const struct einode *n);

static int add(struct erofs_in *e, struct node *dir, const char *name, uint64_t number)
{
	struct tree *t = e->p->tree;
	struct einode n;
	struct node *made;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (!*name || strchr(name, '/'))
		return part_fail(e->x, e->p, "the folder \"%s\" has an entry without a usable name",
			dir->name);
	if (++e->nodes > INSPECT_NODES_MAX || e->depth > INSPECT_TREE_DEPTH)
		return part_fail(e->x, e->p, "it has too many files, or goes in circles");
	if (!inode_at(e, number, &n))
		return part_fail(e->x, e->p,
			"\"%s\" is compressed, which is not read here, or damaged", name);
	struct inode *i = tree_inode(t, type_of(n.mode), n.mode & 07777, n.uid, n.gid, n.mtime);
	if (fill(e, &n, number, i) < 0 || tree_put(t, dir, name, i, &made, e->x->d) < 0)
		return -1;
	return i->type == NODE_DIR ? read_dir(e, made, &n) : 0;
}

/* Entries, then their names, each of which ends where the next begins. */
static int read_block(struct erofs_in *e, struct node *dir, const uint8_t *b, size_t len)
{
	size_t count = len >= DIRENT ? get_le16(b + 8) / DIRENT : 0;
	if (!count || count * DIRENT > len)
		return part_fail(e->x, e->p, "the folder \"%s\" is damaged", dir->name);
	for (size_t i = 0; i < count; i++) {
		size_t from = get_le16(b + i * DIRENT + 8), end = len;
		if (i + 1 < count)
			end = get_le16(b + (i + 1) * DIRENT + 8);
		if (from > end || end > len)
			return part_fail(e->x, e->p, "the folder \"%s\" is damaged", dir->name);
		const char *name = (const char *)b + from;
		if (add(e, dir, arena_strn(e->x->of->mem, name, strnlen(name, end - from)),
			    get_le64(b + i * DIRENT)) < 0)
			return -1;
	}
	return 0;
}

static int read_dir(struct erofs_in *e, struct node *dir, const struct einode *n)
{
	uint8_t *bytes;
	size_t block = (size_t)1 << e->bits;
	if (read_all(e, n, DIR_MAX, &bytes) < 0)
		return -1;
	e->depth++;
	for (size_t at = 0; at < n->size; at += block) {
		size_t rest = (size_t)n->size - at;
		if (read_block(e, dir, bytes + at, rest < block ? rest : block) < 0)
			return -1;
	}
	e->depth--;
	return 0;
}

bool is_erofs(struct inspector *x, const struct inspect_part *p)
{
	uint8_t b[4];
	(void)x;
	return content_read(&p->content, SUPER, b, sizeof(b)) == sizeof(b) &&
	       get_le32(b) == 0xE0F5E1E2;
}

int read_erofs(struct inspector *x, struct inspect_part *p)
{
	struct erofs_in *e = ARENA_NEW(x->of->mem, struct erofs_in);
	struct einode root;
	uint8_t s[SUPER_LEN];
	if (part_read(x, p, SUPER, s, sizeof(s)) < 0)
		return -1;
	*e = (struct erofs_in){ .base = { read_file },
		.content = p->content,
		.bits = s[12],
		.built = (int64_t)get_le64(s + 24),
		.x = x,
		.p = p };
	if (e->bits < BLOCK_BITS_MIN || e->bits > BLOCK_BITS_MAX)
		return part_fail(x, p, "its blocks have 2^%u bytes", e->bits);
	e->meta = (uint64_t)get_le32(s + 40) << e->bits;
	if (!inode_at(e, get_le16(s + 14), &root) || !S_ISDIR(root.mode))
		return part_fail(x, p, "its root is no folder");
	p->tree = tree_new(x->of->mem, root.mtime);
	p->tree->root->inode->mode = root.mode & 07777;
	p->tree->root->inode->uid = root.uid;
	p->tree->root->inode->gid = root.gid;
	return read_dir(e, p->tree->root, &root);
}
