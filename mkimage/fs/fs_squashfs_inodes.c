#include "mkimage/fs/fs_squashfs_impl.h"

#include <string.h>

enum { NO_XATTRS = (int)0xFFFFFFFF };

/* What squashfs has a code for; the rest (ACLs in system.*) is left out aloud. */
static bool storable(const char *name)
{
	static const char *const prefixes[] = { "user.", "trusted.", "security." };
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t len = strlen(prefixes[i]);
		if (strncmp(name, prefixes[i], len) == 0 && name[len])
			return true;
	}
	return false;
}

static int put_xattrs(struct squash *s, const struct squash_inode *r, sqfs_u32 *index)
{
	*index = (sqfs_u32)NO_XATTRS;
	bool any = false;
	for (const struct xattr *x = r->inode->xattrs; x; x = x->next) {
		if (!storable(x->name)) {
			warn_at(s->d, (struct pos){ .file = NULL }, NULL,
				"squashfs cannot hold the extended attribute \"%s\" of \"%s\"",
				x->name, r->path);
			continue;
		}
		if (!any && squash_check(s, sqfs_xattr_writer_begin(s->xattrs, 0),
				    "adding extended attributes") < 0)
			return -1;
		any = true;
		if (squash_check(s, sqfs_xattr_writer_add(s->xattrs, x->name, x->value, x->len),
			    "adding extended attributes") < 0)
			return -1;
	}
	return any ? squash_check(s, sqfs_xattr_writer_end(s->xattrs, index),
			     "adding extended attributes")
		   : 0;
}

/* The kernel's encoding of a device number (new_encode_dev). */
static uint32_t device(const struct inode *i)
{
	return (i->minor & 0xff) | i->major << 8 | (i->minor & ~0xffU) << 12;
}

static void fill_node(sqfs_inode_generic_t *g, const struct inode *i)
{
	switch (i->type) {
	case NODE_SYMLINK:
		g->base.type = SQFS_INODE_SLINK;
		g->data.slink.nlink = i->links;
		g->data.slink.target_size = (sqfs_u32)strlen(i->target);
		memcpy(g->extra, i->target, strlen(i->target));
		break;
	case NODE_CHAR:
	case NODE_BLOCK:
		g->base.type = i->type == NODE_CHAR ? SQFS_INODE_CDEV : SQFS_INODE_BDEV;
		g->data.dev.nlink = i->links;
		g->data.dev.devno = device(i);
		break;
	case NODE_FIFO:
		g->base.type = SQFS_INODE_FIFO;
		g->data.ipc.nlink = i->links;
		break;
	case NODE_DIR:
	case NODE_FILE:
		break;
	}
}

/* Owner, mode, time and attributes; then into the table. */
static int write_inode(struct squash *s, struct squash_inode *r, sqfs_inode_generic_t *g)
{
	sqfs_u16 uid, gid;
	sqfs_u32 xattrs;
	sqfs_u64 block;
	sqfs_u32 offset;
	if (squash_check(s, sqfs_id_table_id_to_index(s->ids, r->inode->uid, &uid),
		    "adding an owner (at most 65536 different ones)") < 0 ||
		squash_check(s, sqfs_id_table_id_to_index(s->ids, r->inode->gid, &gid),
			"adding a group (at most 65536 different ones)") < 0 ||
		put_xattrs(s, r, &xattrs) < 0 ||
		squash_check(s, sqfs_inode_set_xattr_index(g, xattrs), "writing an inode") < 0)
		return -1;
	/* The number of links of a file is in the extended form alone. */
	if (r->inode->type == NODE_FILE && r->inode->links > 1) {
		if (squash_check(s, sqfs_inode_make_extended(g), "writing an inode") < 0)
			return -1;
		g->data.file_ext.nlink = r->inode->links;
	}
	g->base.mode = (sqfs_u16)fs_mode(r->inode);
	g->base.uid_idx = uid;
	g->base.gid_idx = gid;
	g->base.mod_time = (sqfs_u32)r->inode->mtime;
	g->base.inode_number = r->number;
	sqfs_meta_writer_get_position(s->inode_meta, &block, &offset);
	r->ref = block << 16 | offset;
	r->written = true;
	return squash_check(s, sqfs_meta_writer_write_inode(s->inode_meta, g), "writing an inode");
}

static int write_leaf(struct squash *s, struct squash_inode *r)
{
	if (r->written)
		return 0;
	if (r->inode->type == NODE_FILE)
		return write_inode(s, r, r->data);
	size_t extra = r->inode->type == NODE_SYMLINK ? strlen(r->inode->target) + 1 : 0;
	sqfs_inode_generic_t *g = arena_alloc(s->mem, sizeof(*g) + extra);
	fill_node(g, r->inode);
	g->payload_bytes_used = g->payload_bytes_available = (sqfs_u32)(extra ? extra - 1 : 0);
	return write_inode(s, r, g);
}

static int write_listing(struct squash *s, const struct node *dir, uint32_t *links)
{
	*links = 2;
	if (squash_check(s, sqfs_dir_writer_begin(s->dirs, 0), "writing a folder") < 0)
		return -1;
	for (size_t i = 0; i < dir->len; i++) {
		const struct node *n = dir->children[i];
		const struct squash_inode *r = squash_of(s, n->inode);
		*links += n->inode->type == NODE_DIR;
		if (squash_check(s,
			    sqfs_dir_writer_add_entry(s->dirs, n->name, r->number, r->ref,
				    (sqfs_u16)fs_mode(n->inode)),
			    "writing a folder") < 0)
			return -1;
	}
	return squash_check(s, sqfs_dir_writer_end(s->dirs), "writing a folder");
}

static int write_dir(struct squash *s, const struct node *dir)
{
	uint32_t links;
	if (write_listing(s, dir, &links) < 0)
		return -1;
	/* The root's parent is no inode of this file system. */
	uint32_t parent = dir->parent ? squash_of(s, dir->parent->inode)->number
				      : (uint32_t)s->inodes.len + 1;
	sqfs_inode_generic_t *g = sqfs_dir_writer_create_inode(
		s->dirs, 0, (sqfs_u32)NO_XATTRS, parent);
	if (!g)
		return squash_check(s, SQFS_ERROR_ALLOC, "writing a folder");
	if (g->base.type == SQFS_INODE_DIR)
		g->data.dir.nlink = links;
	else
		g->data.dir_ext.nlink = links;
	int rc = write_inode(s, squash_of(s, dir->inode), g);
	sqfs_free(g);
	return rc;
}

/* Recursion is bounded by the depth that tree_put allows. */
static int write_below(struct squash *s, const struct node *dir)
{
	for (size_t i = 0; i < dir->len; i++) {
		const struct node *n = dir->children[i];
		int rc = n->inode->type == NODE_DIR ? write_below(s, n)
						    : write_leaf(s, squash_of(s, n->inode));
		if (rc < 0)
			return -1;
	}
	return write_dir(s, dir);
}

int squash_inodes(struct squash *s)
{
	return write_below(s, s->tree->root);
}
