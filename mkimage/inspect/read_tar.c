#include "mkimage/inspect/inspect_impl.h"

#include "mkimage/store/decode.h"
#include "mkimage/store/tar_read.h"

#include <string.h>

struct tar {
	struct inspector *x;
	struct inspect_part *p;
	unsigned nodes;
};

static int next_bytes(void *ctx, const void **bytes, size_t *len, struct diags *d)
{
	return decoder_next(ctx, bytes, len, d);
}

static uint64_t skip_bytes(void *ctx, uint64_t len)
{
	return decoder_skip(ctx, len);
}

static const char *plain_path(const char *path)
{
	while (*path == '/' || (path[0] == '.' && (path[1] == '/' || !path[1])))
		path++;
	return path;
}

static void copy_xattrs(struct tree *t, struct inode *i, const struct tar_entry *e)
{
	for (size_t n = e->xattrs_len; n--;) {
		struct xattr *x = ARENA_NEW(t->mem, struct xattr);
		void *value = arena_alloc(t->mem, e->xattrs[n].len + 1);
		memcpy(value, e->xattrs[n].value, e->xattrs[n].len);
		*x = (struct xattr){ .name = arena_str(t->mem, e->xattrs[n].name),
			.value = value,
			.len = e->xattrs[n].len,
			.next = i->xattrs };
		i->xattrs = x;
	}
}

static enum node_type type_of(enum tar_type type)
{
	static const enum node_type types[] = { [TAR_FILE] = NODE_FILE,
		[TAR_LINK] = NODE_FILE,
		[TAR_SYMLINK] = NODE_SYMLINK,
		[TAR_CHAR] = NODE_CHAR,
		[TAR_BLOCK] = NODE_BLOCK,
		[TAR_DIR] = NODE_DIR,
		[TAR_FIFO] = NODE_FIFO };
	return types[type];
}

static int add_link(struct tar *r, const char *path, const char *target)
{
	struct tree *t = r->p->tree;
	struct node *to = tree_find(t->root, plain_path(target));
	if (!to || to->inode->type == NODE_DIR)
		return part_fail(r->x, r->p,
			"\"%s\" is a link to \"%s\", which is no file before it", path, target);
	return tree_link(t, t->root, path, to, r->x->d);
}

static int add(struct tar *r, const struct tar_entry *e)
{
	struct tree *t = r->p->tree;
	const char *path = plain_path(e->path);
	if (!*path)
		return 0;
	if (++r->nodes > INSPECT_NODES_MAX)
		return part_fail(r->x, r->p, "it has more than %d entries", INSPECT_NODES_MAX);
	if (e->type == TAR_LINK)
		return add_link(r, path, e->target);
	struct inode *i = tree_inode(t, type_of(e->type), e->mode, e->uid, e->gid, e->mtime);
	i->major = e->major;
	i->minor = e->minor;
	copy_xattrs(t, i, e);
	if (e->type == TAR_SYMLINK)
		i->target = arena_str(t->mem, e->target);
	if (e->type == TAR_FILE) {
		if (e->sparse)
			return part_fail(
				r->x, r->p, "\"%s\" is sparse, which is not read here", path);
		if (part_range(r->x, r->p, e->offset, e->size, &i->content) < 0)
			return -1;
		i->content.stored = e->size;
	}
	return tree_put(t, t->root, path, i, NULL, r->x->d);
}

int read_tar(struct inspector *x, struct inspect_part *p)
{
	struct tar r = { .x = x, .p = p };
	struct tar_entry e;
	AUTO_DECODER from = NULL;
	int rc;
	p->tree = tree_new(x->of->mem, 0);
	if (decoder_open(p->content.fd, p->content.offset, p->content.size, p->path, &from, x->d) <
		0)
		return -1;
	struct tar_reader *t = tar_reader_new(
		x->of->mem, (struct tar_source){ next_bytes, from, skip_bytes }, p->path);
	while ((rc = tar_next(t, &e, x->d)) > 0) {
		if (add(&r, &e) < 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	return tree_find(p->tree->root, "oci-layout") ? read_oci(x, p) : part_add_files(x, p);
}
