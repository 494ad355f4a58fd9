#include "mkimage/tree/tree.h"

#include "base/fd.h"

#include <string.h>

int tree_file(struct tree *t, struct node *dir, const char *path, const void *bytes, size_t len,
	uint32_t mode, int64_t mtime, struct node **out, struct diags *d)
{
	struct inode *i = tree_inode(t, NODE_FILE, mode, 0, 0, mtime);
	i->content.size = len;
	i->content.bytes = len ? bytes : "";
	return tree_put(t, dir, path, i, out, d);
}

int tree_symlink(struct tree *t, struct node *dir, const char *path, const char *target,
	int64_t mtime, struct diags *d)
{
	struct inode *i = tree_inode(t, NODE_SYMLINK, 0777, 0, 0, mtime);
	i->target = arena_str(t->mem, target);
	return tree_put(t, dir, path, i, NULL, d);
}

ssize_t content_read(const struct content *c, uint64_t offset, void *buf, size_t len)
{
	if (offset >= c->size)
		return 0;
	if (len > c->size - offset)
		len = (size_t)(c->size - offset);
	if (c->bytes) {
		memcpy(buf, (const char *)c->bytes + offset, len);
		return (ssize_t)len;
	}
	if (c->reader)
		return c->reader->read(c->reader, c->offset, offset, buf, len);
	ssize_t n = fd_pread_full(c->fd, buf, len, c->offset + offset);
	if (n >= 0 && (size_t)n < len) {
		errno = EIO; /* the file shrank since its size was taken */
		return -1;
	}
	return n;
}
