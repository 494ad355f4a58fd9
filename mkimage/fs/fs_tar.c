#include "mkimage/fs/fs_tar_impl.h"

#include <string.h>

/* ustar header: offsets and widths of its fields (POSIX.1-2017, pax, "ustar Interchange Format").
 */
enum {
	BLOCK = 512,
	NAME = 0,
	NAME_LEN = 100,
	MODE = 100,
	UID = 108,
	GID = 116,
	SIZE = 124,
	MTIME = 136,
	CHECKSUM = 148,
	TYPE = 156,
	LINK = 157,
	LINK_LEN = 100,
	MAGIC = 257,
	MAJOR = 329,
	MINOR = 337,
	PREFIX = 345,
	PREFIX_LEN = 155,
	ID_WIDTH = 8,	 /* seven digits and a NUL */
	LONG_WIDTH = 12, /* eleven */
};

struct tar {
	struct out *to;
	struct diags *d;
	struct arena *mem;
	struct pax pax;
	struct strings
		firsts; /* the first path of each inode with several; serial is the index + 1 */
};

static bool fits_octal(int64_t v, size_t width)
{
	return v >= 0 && (uint64_t)v >> (3 * (width - 1)) == 0;
}

static void octal(char *header, size_t at, size_t width, uint64_t v)
{
	for (size_t i = width - 1; i-- > 0; v >>= 3)
		header[at + i] = (char)('0' + (v & 7));
}

/* A number in its field, or as a record where it does not fit. */
static void number(struct tar *t, char *header, size_t at, size_t width, int64_t v, const char *key)
{
	if (fits_octal(v, width)) {
		octal(header, at, width, (uint64_t)v);
		return;
	}
	octal(header, at, width, 0);
	pax_number(&t->pax, key, v);
}

/* In the name field, split over prefix and name, or as a record. */
static void name(struct tar *t, char *header, const char *path)
{
	size_t len = strlen(path);
	if (len <= NAME_LEN) {
		memcpy(header + NAME, path, len);
		return;
	}
	for (size_t i = len - 1; i-- > 0 && len - i - 1 <= NAME_LEN;) {
		if (path[i] == '/' && i > 0 && i <= PREFIX_LEN) {
			memcpy(header + PREFIX, path, i);
			memcpy(header + NAME, path + i + 1, len - i - 1);
			return;
		}
	}
	pax_text(&t->pax, "path", path);
	memcpy(header + NAME, path, NAME_LEN);
}

static void finish(char *header, char type)
{
	header[TYPE] = type;
	memcpy(header + MAGIC, "ustar\00000", 8);
	memset(header + CHECKSUM, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)header[i];
	octal(header, CHECKSUM, 7, sum);
	header[CHECKSUM + 6] = '\0';
}

static int put_pax(struct tar *t, const char *path)
{
	if (!t->pax.len)
		return 0;
	char header[BLOCK] = { 0 };
	const char *slash = strrchr(path, '/');
	snprintf(header + NAME, NAME_LEN, "PaxHeaders.0/%.80s", slash ? slash + 1 : path);
	octal(header, MODE, ID_WIDTH, 0644);
	octal(header, UID, ID_WIDTH, 0);
	octal(header, GID, ID_WIDTH, 0);
	octal(header, SIZE, LONG_WIDTH, t->pax.len);
	octal(header, MTIME, LONG_WIDTH, 0);
	octal(header, MAJOR, ID_WIDTH, 0);
	octal(header, MINOR, ID_WIDTH, 0);
	finish(header, 'x');
	if (out_write(t->to, header, BLOCK, t->d) < 0 ||
		out_write(t->to, t->pax.items, t->pax.len, t->d) < 0)
		return -1;
	return out_align(t->to, BLOCK, t->d);
}

static int put_xattrs(struct tar *t, const struct inode *i, const char *path)
{
	for (const struct xattr *x = i->xattrs; x; x = x->next) {
		if (strchr(x->name, '='))
			return fail(t->d, KIND_INPUT, NULL,
				"the extended attribute \"%s\" of \"%s\" has a \"=\" in its name, "
				"which the tar format cannot hold",
				x->name, path);
		pax_record(
			&t->pax, arena_fmt(t->mem, "SCHILY.xattr.%s", x->name), x->value, x->len);
	}
	return 0;
}

static char type_of(const struct inode *i, const char *first)
{
	if (first)
		return '1';
	switch (i->type) {
	case NODE_DIR:
		return '5';
	case NODE_FILE:
		return '0';
	case NODE_SYMLINK:
		return '2';
	case NODE_CHAR:
		return '3';
	case NODE_BLOCK:
		return '4';
	case NODE_FIFO:
		return '6';
	}
	return '0';
}

/* The path under which the inode came before; NULL: this is its first. */
static const char *first_path(struct tar *t, struct inode *i, const char *path)
{
	if (i->links < 2 || i->type == NODE_DIR)
		return NULL;
	if (i->serial)
		return t->firsts.items[i->serial - 1];
	vec_push(t->mem, &t->firsts, arena_str(t->mem, path));
	i->serial = t->firsts.len;
	return NULL;
}

static int put_node(void *ctx, struct node *n, const char *path)
{
	struct tar *t = ctx;
	struct inode *i = n->inode;
	const char *first = first_path(t, i, path);
	const char *target = first ? first : i->target;
	bool has_content = !first && i->type == NODE_FILE;
	char header[BLOCK] = { 0 };

	/* Records come out sorted by their keys. */
	pax_clear(&t->pax);
	if (i->loc)
		pax_text(&t->pax, "LINUXKIT.location", i->loc);
	if (i->ref)
		pax_text(&t->pax, "LINUXKIT.source", i->ref);
	if (!first && put_xattrs(t, i, path) < 0)
		return -1;
	octal(header, MODE, ID_WIDTH, i->mode);
	number(t, header, GID, ID_WIDTH, i->gid, "gid");
	if (target && (first || i->type == NODE_SYMLINK)) {
		size_t len = strlen(target);
		memcpy(header + LINK, target, len < LINK_LEN ? len : LINK_LEN);
		if (len > LINK_LEN)
			pax_text(&t->pax, "linkpath", target);
	}
	number(t, header, MTIME, LONG_WIDTH, i->mtime, "mtime");
	name(t, header, i->type == NODE_DIR ? arena_fmt(t->mem, "%s/", path) : path);
	number(t, header, SIZE, LONG_WIDTH, has_content ? (int64_t)i->content.size : 0, "size");
	number(t, header, UID, ID_WIDTH, i->uid, "uid");
	octal(header, MAJOR, ID_WIDTH, i->major);
	octal(header, MINOR, ID_WIDTH, i->minor);
	finish(header, type_of(i, first));
	if (put_pax(t, path) < 0 || out_write(t->to, header, BLOCK, t->d) < 0)
		return -1;
	if (!has_content)
		return 0;
	if (fs_content(&i->content, t->to, t->d) < 0)
		return fail_ctx(t->d, "writing \"%s\"", path);
	return out_align(t->to, BLOCK, t->d);
}

static int write_tar(
	const struct tree *t, const struct fs_options *o, struct out *to, struct diags *d)
{
	(void)o; /* no time of its own, no levels */
	AUTO_ARENA mem = arena_new();
	size_t with_xattrs;
	if (fs_begin(t, &with_xattrs, d) < 0)
		return -1;
	struct tar w = { .to = to, .d = d, .mem = mem, .pax.mem = mem };
	if (tree_walk(t->root, put_node, &w) != 0)
		return -1;
	return out_skip(to, 2 * BLOCK, d);
}

const struct fs_writer fs_tar = { "tar", write_tar };
