#include "mkimage/fs/fs_impl.h"

#include <string.h>

/*
 * One entry: "070701", thirteen numbers of eight hex digits, the name with its NUL, padding to 4
 * bytes, the content, padding to 4 bytes.
 */
enum { HEADER = 110, ALIGN = 4, NAME_MAX_LEN = 4096, END_ALIGN = 512 };

struct cpio {
	struct out *to;
	struct diags *d;
	uint32_t last_ino;
};

struct entry {
	uint32_t ino, mode, uid, gid, nlink, mtime, size, major, minor;
};

static int put_header(struct cpio *c, const struct entry *e, const char *name)
{
	char buf[HEADER + NAME_MAX_LEN + ALIGN] = { 0 };
	size_t len = strlen(name) + 1;
	int n = snprintf(buf, sizeof(buf),
		"070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", e->ino, e->mode,
		e->uid, e->gid, e->nlink, e->mtime, e->size, 0U, 0U, e->major, e->minor,
		(unsigned)len, 0U);
	if (n != HEADER || len > NAME_MAX_LEN)
		return fail(c->d, KIND_BUG, NULL, "a cpio header for \"%s\" does not fit", name);
	memcpy(buf + HEADER, name, len);
	size_t total = (HEADER + len + ALIGN - 1) / ALIGN * ALIGN;
	return out_write(c->to, buf, total, c->d);
}

static int too_large(struct cpio *c, const char *path, const char *what)
{
	return fail(c->d, KIND_INPUT, "leave it out, or use a format with a squashfs root",
		"\"%s\" cannot go into an initrd: %s", path, what);
}

/*
 * The links of an inode share its number; all but the last have no content. Linux
 * (init/initramfs.c) takes content at any of them, GNU cpio waits for the last.
 */
static int put_file(struct cpio *c, struct inode *i, struct entry *e, const char *path)
{
	if (i->content.size > UINT32_MAX)
		return too_large(c, path,
			arena_fmt(c->d->mem,
				"it has %llu bytes, %llu more than a file may have there",
				(unsigned long long)i->content.size,
				(unsigned long long)i->content.size - UINT32_MAX));
	/* Beside the number, serial counts the links seen. */
	uint32_t seen = (uint32_t)(i->serial >> 32) + 1;
	i->serial = (uint64_t)seen << 32 | e->ino;
	if (seen < i->links)
		return put_header(c, e, path);
	e->size = (uint32_t)i->content.size;
	if (put_header(c, e, path) < 0 || fs_content(&i->content, c->to, c->d) < 0)
		return -1;
	return out_align(c->to, ALIGN, c->d);
}

static int put_symlink(struct cpio *c, const struct inode *i, struct entry *e, const char *path)
{
	e->size = (uint32_t)strlen(i->target);
	e->nlink = 1; /* Linux makes each its own */
	if (put_header(c, e, path) < 0 || out_write(c->to, i->target, e->size, c->d) < 0)
		return -1;
	return out_align(c->to, ALIGN, c->d);
}

static int put_node(void *ctx, struct node *n, const char *path)
{
	struct cpio *c = ctx;
	struct inode *i = n->inode;
	if (strcmp(path, "TRAILER!!!") == 0)
		return too_large(c, path, "the name marks the end of a cpio archive");
	if (i->mtime < 0 || i->mtime > UINT32_MAX)
		return too_large(c, path, "its time is not between 1970 and 2106");
	if (!(uint32_t)i->serial)
		i->serial = ++c->last_ino;
	struct entry e = { .ino = (uint32_t)i->serial,
		.mode = fs_mode(i),
		.uid = i->uid,
		.gid = i->gid,
		.nlink = i->links,
		.mtime = (uint32_t)i->mtime };
	switch (i->type) {
	case NODE_FILE:
		return put_file(c, i, &e, path);
	case NODE_SYMLINK:
		return put_symlink(c, i, &e, path);
	case NODE_DIR:
		e.nlink = 2;
		return put_header(c, &e, path);
	case NODE_CHAR:
	case NODE_BLOCK:
		e.major = i->major;
		e.minor = i->minor;
		return put_header(c, &e, path);
	case NODE_FIFO:
		return put_header(c, &e, path);
	}
	return fail(c->d, KIND_BUG, NULL, "\"%s\" has no type", path);
}

static int write_cpio(
	const struct tree *t, const struct fs_options *o, struct out *to, struct diags *d)
{
	(void)o; /* newc has neither a time of its own nor levels */
	size_t with_xattrs;
	if (fs_begin(t, &with_xattrs, d) < 0)
		return -1;
	if (with_xattrs)
		warn_at(d, (struct pos){ .file = NULL },
			"use a format with a squashfs root to keep file capabilities",
			"%zu files lose their extended attributes: the cpio format has none",
			with_xattrs);
	struct cpio c = { .to = to, .d = d };
	if (tree_walk(t->root, put_node, &c) != 0)
		return -1;
	if (put_header(&c, &(struct entry){ .nlink = 1 }, "TRAILER!!!") < 0)
		return -1;
	return out_align(to, END_ALIGN, d);
}

const struct fs_writer fs_cpio = { "cpio", write_cpio };
