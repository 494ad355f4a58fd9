/*
 * newc archives (Linux Documentation/driver-api/early-userspace/buffer-format.rst): several, one
 * after the other, each of which adds to the tree, as the kernel unpacks them.
 */
#include "mkimage/inspect/inspect_impl.h"

#include <string.h>
#include <sys/stat.h>

enum { HEAD = 110, PATH_LIMIT = 4096, TYPE = 0170000 };

struct cpio {
	struct inspector *x;
	struct inspect_part *p;
	uint64_t at;
	unsigned nodes;
};

struct head {
	uint32_t ino, mode, uid, gid, mtime, size, rmajor, rminor, name_len;
};

static bool hex(const uint8_t *h, size_t field, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < 8; i++) {
		uint8_t c = h[6 + field * 8 + i];
		uint32_t v = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
			     : (c | 0x20) >= 'a' && (c | 0x20) <= 'f'
				     ? (uint32_t)((c | 0x20) - 'a' + 10)
				     : 16;
		if (v > 15)
			return false;
		*out = *out << 4 | v;
	}
	return true;
}

static int read_head(struct cpio *c, struct head *h)
{
	uint8_t b[HEAD];
	if (part_read(c->x, c->p, c->at, b, sizeof(b)) < 0)
		return -1;
	if (memcmp(b, "07070", 5) != 0 || !hex(b, 0, &h->ino) || !hex(b, 1, &h->mode) ||
		!hex(b, 2, &h->uid) || !hex(b, 3, &h->gid) || !hex(b, 5, &h->mtime) ||
		!hex(b, 6, &h->size) || !hex(b, 9, &h->rmajor) || !hex(b, 10, &h->rminor) ||
		!hex(b, 11, &h->name_len) || h->name_len < 1 || h->name_len > PATH_LIMIT)
		return part_fail(c->x, c->p, "byte %llu should begin an entry of the archive",
			(unsigned long long)c->at);
	return 0;
}

static enum node_type type_of(uint32_t mode)
{
	switch (mode & TYPE) {
	case S_IFDIR:
		return NODE_DIR;
	case S_IFLNK:
		return NODE_SYMLINK;
	case S_IFCHR:
		return NODE_CHAR;
	case S_IFBLK:
		return NODE_BLOCK;
	case S_IFREG:
		return NODE_FILE;
	default:
		return NODE_FIFO;
	}
}

static int add(struct cpio *c, const struct head *h, const char *name, uint64_t body)
{
	struct tree *t = c->p->tree;
	struct inode *i = tree_inode(
		t, type_of(h->mode), h->mode & 07777, h->uid, h->gid, (int64_t)h->mtime);
	i->major = h->rmajor;
	i->minor = h->rminor;
	if (i->type == NODE_FILE && part_range(c->x, c->p, body, h->size, &i->content) < 0)
		return -1;
	i->content.stored = h->size;
	if (i->type == NODE_SYMLINK) {
		char *target = arena_alloc(t->mem, (size_t)h->size + 1);
		if (part_read(c->x, c->p, body, target, h->size) < 0)
			return -1;
		i->target = target;
	}
	while (*name == '/')
		name++;
	if (!*name || strcmp(name, ".") == 0)
		return 0;
	if (++c->nodes > INSPECT_NODES_MAX)
		return part_fail(c->x, c->p, "it has more than %d entries", INSPECT_NODES_MAX);
	return tree_put(t, t->root, name, i, NULL, c->x->d);
}

/* 1: an entry; 0: the archive's end. */
static int next(struct cpio *c)
{
	struct head h;
	char name[PATH_LIMIT + 1] = { 0 };
	if (read_head(c, &h) < 0 || part_read(c->x, c->p, c->at + HEAD, name, h.name_len) < 0)
		return -1;
	uint64_t body = (c->at + HEAD + h.name_len + 3) & ~UINT64_C(3);
	c->at = (body + h.size + 3) & ~UINT64_C(3);
	if (strcmp(name, "TRAILER!!!") == 0)
		return 0;
	if (type_of(h.mode) == NODE_SYMLINK && h.size > PATH_LIMIT)
		return part_fail(c->x, c->p, "the target of the link \"%s\" is too long", name);
	return add(c, &h, name, body) < 0 ? -1 : 1;
}

/* Archives are padded with zeros. false: nothing but zeros is left. */
static bool skip_zeros(struct cpio *c)
{
	uint8_t buf[4096];
	for (;;) {
		ssize_t n = content_read(&c->p->content, c->at, buf, sizeof(buf));
		if (n <= 0)
			return false;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i]) {
				c->at += (uint64_t)i;
				return true;
			}
		}
		c->at += (uint64_t)n;
	}
}

/* What follows the archive: another one, plain or compressed, which is a part of its own. */
static int read_rest(struct cpio *c)
{
	struct content rest;
	struct inspect_part *q;
	if (!skip_zeros(c))
		return 0;
	if (part_range(c->x, c->p, c->at, c->p->content.size - c->at, &rest) < 0)
		return -1;
	return part_add(c->x, c->p, c->p->name,
		arena_fmt(
			c->x->of->mem, "%s: from byte %llu", c->p->path, (unsigned long long)c->at),
		&rest, &q);
}

int read_cpio(struct inspector *x, struct inspect_part *p)
{
	struct cpio c = { .x = x, .p = p };
	int rc;
	p->tree = tree_new(x->of->mem, 0);
	while ((rc = next(&c)) > 0)
		;
	return rc < 0 || part_add_files(x, p) < 0 ? -1 : read_rest(&c);
}
