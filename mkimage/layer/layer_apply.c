#include "mkimage/layer/layer_impl.h"

#include <string.h>

struct apply {
	struct layer *layer;
	struct tree *tree;
	struct node *dir;
	const char *ref, *loc;
};

/* A layer may go through links that lower ones or itself made (/lib -> usr/lib): inside its own
 * root. */
static int find(
	struct apply *p, const char *path, bool follow_last, struct node **out, struct diags *d)
{
	struct tree_place at;
	if (tree_enter(p->dir, path, follow_last, &at, d) < 0)
		return -1;
	*out = tree_find(at.dir, at.rest);
	return 0;
}

/* Whiteouts hide what lower layers put there, wherever they stand in this one: they all come first.
 */
static int hide(struct apply *p, const struct layer_entry *e, struct diags *d)
{
	struct node *n;
	if (find(p, e->path, e->kind == LAYER_OPAQUE, &n, d) < 0)
		return -1;
	if (n && e->kind == LAYER_WHITEOUT)
		tree_remove(n);
	else if (n && n->inode->type == NODE_DIR)
		tree_clear(n);
	return 0;
}

static void xattrs_set(struct apply *p, struct inode *i, const struct layer_entry *e)
{
	struct xattr **at = &i->xattrs;
	*at = NULL;
	for (size_t k = 0; k < e->xattrs_len; k++) {
		struct xattr *x = ARENA_NEW(p->tree->mem, struct xattr);
		*x = (struct xattr){ .name = e->xattrs[k].name,
			.value = e->xattrs[k].value,
			.len = e->xattrs[k].len };
		*at = x;
		at = &x->next;
	}
}

static int link_add(struct apply *p, const struct layer_entry *e, struct diags *d)
{
	struct node *to;
	struct tree_place at;
	const char *problem = NULL;
	if (find(p, e->target, false, &to, d) < 0 || tree_enter(p->dir, e->path, false, &at, d) < 0)
		return -1;
	if (!to)
		problem = "is not there";
	else if (to->inode->type == NODE_DIR)
		problem = "is a folder";
	if (problem)
		return fail(d, KIND_INPUT,
			"have the image built again, or leave it alone: it may be hostile",
			"%s has a hard link \"%s\" to \"%s\", which %s", p->layer->what, e->path,
			e->target, problem);
	if (tree_find(at.dir, at.rest) == to)
		return 0;
	return tree_link(p->tree, at.dir, at.rest, to, d);
}

static enum node_type type_of(enum layer_kind kind)
{
	switch (kind) {
	case LAYER_DIR:
		return NODE_DIR;
	case LAYER_SYMLINK:
		return NODE_SYMLINK;
	case LAYER_CHAR:
		return NODE_CHAR;
	case LAYER_BLOCK:
		return NODE_BLOCK;
	case LAYER_FIFO:
		return NODE_FIFO;
	case LAYER_FILE:
	case LAYER_LINK:
	case LAYER_WHITEOUT:
	case LAYER_OPAQUE:
	case LAYER_KINDS:
		break;
	}
	return NODE_FILE;
}

static int inode_add(struct apply *p, const struct layer_entry *e, struct diags *d)
{
	struct inode *i = tree_inode(p->tree, type_of(e->kind), e->mode, e->uid, e->gid, e->mtime);
	i->ref = p->ref;
	i->loc = p->loc;
	xattrs_set(p, i, e);
	if (e->kind == LAYER_FILE) {
		i->content.size = e->size;
		i->content.fd = p->layer->pack;
		i->content.offset = e->offset;
		i->content.source = &p->layer->source;
	}
	if (e->kind == LAYER_SYMLINK)
		i->target = e->target;
	if (e->kind == LAYER_CHAR || e->kind == LAYER_BLOCK) {
		i->major = e->major;
		i->minor = e->minor;
	}
	if (*e->path) {
		struct tree_place at;
		if (tree_enter(p->dir, e->path, false, &at, d) < 0)
			return -1;
		return tree_put(p->tree, at.dir, at.rest, i, NULL, d);
	}
	/* The layer's own root: dir keeps its place in the tree and takes what is said about it. */
	i->links = p->dir->inode->links;
	*p->dir->inode = *i;
	return 0;
}

static int damaged(struct apply *p, struct diags *d)
{
	return fail(d, KIND_BUG, NULL, "the index of %s changed in memory", p->layer->what);
}

int layer_apply(struct layer *l, struct tree *t, struct node *dir, const char *ref, const char *loc,
	struct diags *d)
{
	struct apply p = { .layer = l, .tree = t, .dir = dir, .ref = ref, .loc = loc };
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	struct layer_entry e;
	int rc;
	struct layer_records r = l->records;
	while ((rc = layer_record_next(&r, xattrs, &e)) > 0)
		if ((e.kind == LAYER_WHITEOUT || e.kind == LAYER_OPAQUE) && hide(&p, &e, d) < 0)
			return fail_ctx(d, "applying %s", l->what);
	if (rc < 0)
		return damaged(&p, d);
	r = l->records;
	while ((rc = layer_record_next(&r, xattrs, &e)) > 0) {
		int bad = 0;
		if (e.kind == LAYER_LINK)
			bad = link_add(&p, &e, d);
		else if (e.kind < LAYER_LINK)
			bad = inode_add(&p, &e, d);
		if (bad < 0)
			return fail_ctx(d, "applying %s", l->what);
	}
	return rc < 0 ? damaged(&p, d) : 0;
}

int image_apply(struct store *s, struct arena *a, const struct image *i, struct tree *t,
	struct node *dir, const char *ref, const char *loc, struct layers *open, struct diags *d)
{
	for (size_t k = 0; k < i->layers.len; k++) {
		struct layer *l;
		if (layer_open(s, a, &i->layers.items[k], &i->config.diff_ids[k], &l, d) < 0)
			return fail_ctx(d, "unpacking the image \"%s\"", i->name);
		vec_push(a, open, l);
		if (layer_apply(l, t, dir, ref, loc, d) < 0)
			return fail_ctx(d, "unpacking the image \"%s\"", i->name);
	}
	return 0;
}

void layers_close(struct layers *l)
{
	for (size_t i = 0; i < l->len; i++)
		layer_close(&l->items[i]);
	l->len = 0;
}

const char *layers_name(const struct layers *open, const struct content *c)
{
	vec_each (struct layer *, l, open) {
		if (!c->bytes && !c->reader && c->size && c->fd == (*l)->pack)
			return (*l)->what;
	}
	return NULL;
}
