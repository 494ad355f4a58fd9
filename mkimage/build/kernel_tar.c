#include "mkimage/build/build_impl.h"
#include "mkimage/store/tar_read.h"

#include <errno.h>
#include <string.h>

enum { CHUNK = 256 << 10 };

struct tar_bytes {
	const struct content *tar;
	const char *what;
	uint64_t at;
	char *buf;
};

static int next_bytes(void *ctx, const void **bytes, size_t *len, struct diags *d)
{
	struct tar_bytes *t = ctx;
	uint64_t left = t->tar->size - t->at;
	size_t want = left < CHUNK ? (size_t)left : CHUNK;
	ssize_t n = content_read(t->tar, t->at, t->buf, want);
	if (n < 0)
		return fail_sys(d, errno, "cannot read %s", t->what);
	t->at += (size_t)n;
	*bytes = t->buf;
	*len = (size_t)n;
	return 0;
}

static uint64_t skip_bytes(void *ctx, uint64_t len)
{
	struct tar_bytes *t = ctx;
	uint64_t left = t->tar->size - t->at;
	uint64_t skipped = len < left ? len : left;
	t->at += skipped;
	return skipped;
}

/* A file's body is a range of the tar's own bytes. */
static struct content body(const struct content *tar, const struct tar_entry *e)
{
	struct content c = { .size = e->size, .fd = -1 };
	if (tar->bytes) {
		c.bytes = (const char *)tar->bytes + e->offset;
	} else {
		c.fd = tar->fd;
		c.source = tar->source;
		c.offset = tar->offset + e->offset;
	}
	return c;
}

static enum node_type type_of(enum tar_type type)
{
	switch (type) {
	case TAR_FILE:
	case TAR_LINK:
		break;
	case TAR_SYMLINK:
		return NODE_SYMLINK;
	case TAR_CHAR:
		return NODE_CHAR;
	case TAR_BLOCK:
		return NODE_BLOCK;
	case TAR_DIR:
		return NODE_DIR;
	case TAR_FIFO:
		return NODE_FIFO;
	}
	return NODE_FILE;
}

static int put_entry(struct build *b, const struct content *tar, const struct tar_entry *e,
	struct tree *t, struct origin from, struct diags *d)
{
	if (!e->path[strspn(e->path, "./")] && e->type == TAR_DIR)
		return 0;
	if (e->sparse)
		return fail(d, KIND_INPUT, "write the tar without --sparse",
			"\"%s\" is a sparse file", e->path);
	if (e->type == TAR_LINK) {
		struct node *n = tree_find(t->root, e->target);
		if (!n)
			return fail(d, KIND_INPUT, NULL,
				"\"%s\" is a hard link to \"%s\", which is not there", e->path,
				e->target);
		return tree_link(t, t->root, e->path, n, d);
	}
	struct inode *i = tree_inode(t, type_of(e->type), e->mode, e->uid, e->gid, e->mtime);
	i->ref = from.ref;
	i->loc = from.loc;
	i->major = e->major;
	i->minor = e->minor;
	if (i->type == NODE_SYMLINK)
		i->target = arena_str(b->mem, e->target);
	if (i->type == NODE_FILE)
		i->content = body(tar, e);
	return tree_put(t, t->root, e->path, i, NULL, d);
}

int kernel_tar_apply(struct build *b, const struct content *tar, const char *what, struct tree *t,
	struct origin from, struct diags *d)
{
	struct tar_bytes bytes = { .tar = tar, .what = what, .buf = arena_alloc(b->mem, CHUNK) };
	struct tar_source source = { .next = next_bytes, .skip = skip_bytes, .ctx = &bytes };
	struct tar_reader *r = tar_reader_new(b->mem, source, what);
	struct tar_entry e;
	int rc;
	while ((rc = tar_next(r, &e, d)) > 0) {
		if (put_entry(b, tar, &e, t, from, d) < 0)
			return fail_ctx(d, "unpacking %s", what);
	}
	if (rc < 0 || tar_finish(r, d) < 0)
		return fail_ctx(d, "unpacking %s", what);
	return 0;
}
