#include "mkimage/inspect/squash_in.h"

#include <sqfs/block.h>
#include <sqfs/dir.h>
#include <sqfs/error.h>
#include <sqfs/xattr.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_STORED_MASK = (1 << 24) - 1, NO_FRAGMENT = -1 };

/* Its share of a fragment's compressed bytes, and its blocks'; 0 when another file has the same. */
static uint64_t stored(struct squash_in *s, const sqfs_inode_generic_t *g, uint64_t size)
{
	sqfs_u64 start, sum = 0;
	sqfs_u32 index, offset;
	sqfs_fragment_t f;
	size_t blocks = sqfs_inode_get_file_block_count(g);
	if (sqfs_inode_get_file_block_start(g, &start) ||
		sqfs_inode_get_frag_location(g, &index, &offset))
		return 0;
	for (size_t i = 0; i < blocks; i++)
		sum += g->extra[i] & BLOCK_STORED_MASK;
	if (blocks && start < s->last_block)
		sum = 0;
	else if (blocks)
		s->last_block = start + sum;
	if (index != (sqfs_u32)NO_FRAGMENT && sqfs_frag_table_lookup(s->fragments, index, &f) == 0)
		sum += (size % s->super.block_size) * (f.size & BLOCK_STORED_MASK) /
		       s->super.block_size;
	return sum;
}

static int read_xattrs(struct squash_in *s, struct inode *i, const sqfs_inode_generic_t *g)
{
	sqfs_xattr_id_t desc;
	sqfs_u32 index;
	if ((s->super.flags & SQFS_FLAG_NO_XATTRS) || sqfs_inode_get_xattr_index(g, &index) ||
		index == 0xFFFFFFFF)
		return 0;
	if (squash_in_check(
		    s, sqfs_xattr_reader_get_desc(s->xattrs, index, &desc), "an attribute") < 0 ||
		squash_in_check(s, sqfs_xattr_reader_seek_kv(s->xattrs, &desc), "an attribute") < 0)
		return -1;
	struct xattr **last = &i->xattrs;
	struct arena *a = s->p->tree->mem;
	for (sqfs_u32 n = 0; n < desc.count; n++) {
		sqfs_xattr_entry_t *key;
		sqfs_xattr_value_t *value;
		if (squash_in_check(
			    s, sqfs_xattr_reader_read_key(s->xattrs, &key), "an attribute") < 0)
			return -1;
		if (sqfs_xattr_reader_read_value(s->xattrs, key, &value)) {
			free(key);
			return squash_in_check(s, SQFS_ERROR_CORRUPTED, "an attribute's value");
		}
		struct xattr *x = *last = ARENA_NEW(a, struct xattr);
		x->name = arena_str(a, (const char *)key->key);
		x->value = arena_strn(a, (const char *)value->value, value->size);
		x->len = value->size;
		last = &x->next;
		free(key);
		free(value);
	}
	return 0;
}

static enum node_type type_of(const sqfs_inode_generic_t *g)
{
	switch (g->base.mode & SQFS_INODE_MODE_MASK) {
	case SQFS_INODE_MODE_DIR:
		return NODE_DIR;
	case SQFS_INODE_MODE_LNK:
		return NODE_SYMLINK;
	case SQFS_INODE_MODE_CHR:
		return NODE_CHAR;
	case SQFS_INODE_MODE_BLK:
		return NODE_BLOCK;
	case SQFS_INODE_MODE_REG:
		return NODE_FILE;
	default:
		return NODE_FIFO;
	}
}

static uint32_t devno(const sqfs_inode_generic_t *g)
{
	bool extended = g->base.type == SQFS_INODE_EXT_BDEV || g->base.type == SQFS_INODE_EXT_CDEV;
	return extended ? g->data.dev_ext.devno : g->data.dev.devno;
}

static int fill(struct squash_in *s, const sqfs_inode_generic_t *g, struct inode **out)
{
	struct tree *t = s->p->tree;
	sqfs_u32 uid, gid;
	sqfs_u64 size = 0;
	if (sqfs_id_table_index_to_id(s->ids, g->base.uid_idx, &uid) ||
		sqfs_id_table_index_to_id(s->ids, g->base.gid_idx, &gid))
		return part_fail(s->x, s->p, "an owner is not in its table");
	struct inode *i = *out = tree_inode(
		t, type_of(g), g->base.mode & 07777, uid, gid, g->base.mod_time);
	if (i->type == NODE_CHAR || i->type == NODE_BLOCK) {
		i->major = devno(g) >> 8 & 0xfff;
		i->minor = (devno(g) & 0xff) | (devno(g) >> 12 & 0xfff00);
	}
	if (i->type == NODE_SYMLINK)
		i->target = arena_str(t->mem, (const char *)g->extra);
	if (i->type == NODE_FILE && sqfs_inode_get_file_size(g, &size) == 0)
		i->content = (struct content){ .size = size,
			.bytes = size ? NULL : "",
			.fd = -1,
			.offset = g->base.inode_number,
			.reader = size ? &s->base : NULL,
			.stored = stored(s, g, size) };
	return read_xattrs(s, i, g);
}

struct child {
	const char *name;
	sqfs_inode_generic_t *inode;
};

struct children {
	struct child *items;
	size_t len, cap;
};

/* All at once: the reader has one place. */
static int list(struct squash_in *s, const sqfs_inode_generic_t *dir, struct children *out)
{
	sqfs_dir_entry_t *e;
	int rc;
	if (squash_in_check(s, sqfs_dir_reader_open_dir(s->dirs, dir, 0), "a folder") < 0)
		return -1;
	while ((rc = sqfs_dir_reader_read(s->dirs, &e)) == 0) {
		struct child c = { .name = arena_strn(s->x->of->mem, (const char *)e->name,
					   (size_t)e->size + 1) };
		free(e);
		if (squash_in_check(s, sqfs_dir_reader_get_inode(s->dirs, &c.inode), "an inode") <
			0)
			return -1;
		vec_push(s->x->of->mem, out, c);
	}
	return rc > 0 ? 0 : squash_in_check(s, rc, "a folder");
}

static int add_dir(
	struct squash_in *s, struct node *dir, const sqfs_inode_generic_t *g, unsigned depth);

static int add_child(struct squash_in *s, struct node *dir, const char *name,
	const sqfs_inode_generic_t *g, unsigned depth)
{
	struct tree *t = s->p->tree;
	uint32_t number = g->base.inode_number;
	bool folder = type_of(g) == NODE_DIR;
	struct inode *i = NULL;
	struct node *n;
	if (number > s->super.inode_count || (folder && s->nodes[number]) || strchr(name, '/'))
		return part_fail(
			s->x, s->p, "the entry \"%s\" is damaged, or folders go in circles", name);
	if (s->nodes[number])
		return tree_link(t, dir, name, s->nodes[number], s->x->d);
	if (fill(s, g, &i) < 0 || tree_put(t, dir, name, i, &n, s->x->d) < 0)
		return -1;
	s->nodes[number] = n;
	return folder ? add_dir(s, n, g, depth + 1) : 0;
}

static int add_dir(
	struct squash_in *s, struct node *dir, const sqfs_inode_generic_t *g, unsigned depth)
{
	struct children c = { 0 };
	if (depth > INSPECT_TREE_DEPTH)
		return part_fail(s->x, s->p, "folders nest deeper than %d", INSPECT_TREE_DEPTH);
	int rc = list(s, g, &c);
	for (size_t i = 0; i < c.len; i++) {
		sqfs_inode_generic_t *child = c.items[i].inode;
		if (rc == 0)
			rc = add_child(s, dir, c.items[i].name, child, depth);
		/* Contents are read through a file's inode. */
		if (rc == 0 && type_of(child) == NODE_FILE && !s->files[child->base.inode_number])
			s->files[child->base.inode_number] = child;
		else
			free(child);
	}
	return rc;
}

int read_squashfs(struct inspector *x, struct inspect_part *p)
{
	struct squash_in *s = ARENA_NEW(x->of->mem, struct squash_in);
	sqfs_inode_generic_t *root = NULL;
	s->x = x;
	s->p = p;
	p->tree = tree_new(x->of->mem, 0);
	if (squash_in_open(s) < 0)
		return -1;
	if (squash_in_check(s, sqfs_dir_reader_get_root_inode(s->dirs, &root), "its root folder") <
		0)
		return -1;
	int rc = -1;
	if (type_of(root) != NODE_DIR || root->base.inode_number > s->super.inode_count) {
		rc = part_fail(x, p, "its root is no folder");
	} else {
		s->nodes[root->base.inode_number] = p->tree->root;
		rc = add_dir(s, p->tree->root, root, 0);
	}
	free(root);
	return rc;
}
