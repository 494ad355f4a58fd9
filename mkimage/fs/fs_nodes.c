#include "mkimage/fs/fs_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

uint32_t fs_mode(const struct inode *i)
{
	uint32_t type = 0;
	switch (i->type) {
	case NODE_DIR:
		type = S_IFDIR;
		break;
	case NODE_FILE:
		type = S_IFREG;
		break;
	case NODE_SYMLINK:
		type = S_IFLNK;
		break;
	case NODE_CHAR:
		type = S_IFCHR;
		break;
	case NODE_BLOCK:
		type = S_IFBLK;
		break;
	case NODE_FIFO:
		type = S_IFIFO;
		break;
	}
	return type | i->mode;
}

struct begin {
	size_t *with_xattrs;
	struct diags *d;
};

static int begin_node(void *ctx, struct node *n, const char *path)
{
	struct begin *b = ctx;
	struct inode *i = n->inode;
	i->serial = 0;
	if (i->xattrs)
		(*b->with_xattrs)++;
	if (i->type != NODE_SYMLINK)
		return 0;
	size_t len = i->target ? strlen(i->target) : 0;
	if (len == 0 || len > SYMLINK_LIMIT)
		return fail(b->d, KIND_INPUT, NULL,
			"the symbolic link \"%s\" has a target of %zu bytes; Linux takes 1 to 4095",
			path, len);
	return 0;
}

int fs_begin(const struct tree *t, size_t *with_xattrs, struct diags *d)
{
	*with_xattrs = 0;
	t->root->inode->serial = 0;
	return tree_walk(t->root, begin_node, &(struct begin){ with_xattrs, d });
}

static int copy_read(const struct content *c, struct out *to, struct diags *d)
{
	static _Thread_local char buf[128 * 1024];
	for (uint64_t at = 0; at < c->size;) {
		ssize_t n = content_read(c, at, buf, sizeof(buf));
		if (n <= 0)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read a file's content");
		if (out_write(to, buf, (size_t)n, d) < 0)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

int fs_content(const struct content *c, struct out *to, struct diags *d)
{
	if (c->reader)
		return copy_read(c, to, d);
	if (c->bytes)
		return out_write(to, c->bytes, (size_t)c->size, d);
	return out_copy(to, c->fd, c->offset, c->size, d);
}
