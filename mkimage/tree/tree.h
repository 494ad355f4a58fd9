/*
 * The root filesystem in memory: metadata, and references to content. Inputs fill one tree; every
 * format only reads it. It knows neither OCI nor formats.
 *
 * Nodes live in the tree's arena. Children are sorted by the bytes of their names. Paths are
 * relative to the root, '/'-separated; "", "." and repeated or trailing slashes are ignored; ".."
 * is refused. A path is never followed through a symbolic link, but by tree_enter() and
 * tree_follow(), which stay below the folder that they are given: nothing in one image can redirect
 * what another one writes.
 */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum node_type { NODE_DIR, NODE_FILE, NODE_SYMLINK, NODE_CHAR, NODE_BLOCK, NODE_FIFO };

/* Gives bytes of a file that lies nowhere in one piece, as in a compressed file system. */
struct content_reader {
	/* len bytes of the file that key names, from at; all are within its size. -1 with errno. */
	ssize_t (*read)(struct content_reader *r, uint64_t key, uint64_t at, void *buf, size_t len);
};

/* What a regular file holds: bytes in memory, a range of an open file, or what a reader gives. Both
 * outlive the tree. */
struct content {
	uint64_t size;
	const void *bytes;	       /* or NULL: fd and offset say where */
	int fd;			       /* borrowed */
	uint64_t offset;	       /* with a reader: its key */
	struct content_reader *reader; /* or NULL */
	/* What fd is, by a digest that no other bytes have; borrowed. NULL: nobody can say. */
	const struct digest *source;
	uint64_t stored;      /* read from an image: the bytes that it takes there; else 0 */
	struct digest digest; /* SHA-256; valid when has_digest */
	bool has_digest;
};

struct xattr {
	const char *name; /* "user.x", "security.capability", … */
	const void *value;
	size_t len;
	struct xattr *next; /* sorted by name */
};

/* The inode: hard links are nodes that share one. */
struct inode {
	enum node_type type;
	uint32_t mode; /* the 12 permission bits only */
	uint32_t uid, gid;
	int64_t mtime;
	uint32_t major, minor;	/* NODE_CHAR, NODE_BLOCK */
	struct content content; /* NODE_FILE */
	const char *target;	/* NODE_SYMLINK */
	struct xattr *xattrs;
	uint32_t links;	 /* nodes that share it */
	const char *ref; /* where it came from: an image reference, "linuxkit.files", …; or NULL */
	const char *loc; /* "kernel", "init[0]", "services[1]", …; or NULL */
	uint64_t serial; /* free for writers: an inode number, a first path's index; 0 at first */
};

struct node {
	const char *name; /* "" for the root */
	struct inode *inode;
	struct node *parent;
	struct node **children; /* sorted; NODE_DIR only */
	size_t len, cap;
};

struct tree {
	struct arena *mem;
	struct node *root;
};

/* An empty root folder, 0755 0:0, with that mtime. */
struct tree *tree_new(struct arena *mem, int64_t mtime);

/* A fresh inode in the tree's arena; links 0. */
struct inode *tree_inode(struct tree *t, enum node_type type, uint32_t mode, uint32_t uid,
	uint32_t gid, int64_t mtime);

/* NULL when it is not there, or when a part of the path is no folder. */
struct node *tree_find(const struct node *from, const char *path);
/* As a program whose root is the tree would meet it: links are followed, and never leave the tree.
 * NULL: nowhere. *end (unless NULL): the path without links, as far as they lead. */
struct node *tree_follow(struct arena *a, const struct tree *t, const char *path, const char **end);
struct node *tree_child(const struct node *dir, const char *name, size_t len);

/*
 * Where a path leads when root is the root of all things, as for a program in a container: links in
 * the folders on the way are followed, at most 40, "/" and ".." lead to root and no further.
 * follow_last: the last part too. p->rest below p->dir is where to find or put it: "" for p->dir
 * itself, several parts where folders are missing. KIND_INPUT when links lead round and round.
 */
struct tree_place {
	struct node *dir;
	const char *rest; /* into the path, or into buf */
	char buf[2 * 4096];
};
CHECK int tree_enter(struct node *root, const char *path, bool follow_last, struct tree_place *p,
	struct diags *d);

/*
 * Puts inode at path below dir; missing parents become folders (0755, root, the inode's mtime).
 * What is there is replaced, except that a folder over a folder keeps its children and takes the
 * new metadata. Fails (KIND_INPUT) when the path is empty, contains "..", NUL or a part over 255
 * bytes, or passes through something that is no folder.
 */
CHECK int tree_put(struct tree *t, struct node *dir, const char *path, struct inode *inode,
	struct node **out, struct diags *d);
/* As tree_put with a folder, but an existing folder stays as it is. */
CHECK int tree_dir(struct tree *t, struct node *dir, const char *path, uint32_t mode, int64_t mtime,
	struct node **out, struct diags *d);
/* Another name for existing's inode, which is no folder. */
CHECK int tree_link(
	struct tree *t, struct node *dir, const char *path, struct node *existing, struct diags *d);
/* Takes a node and what is below out of the tree. */
void tree_remove(struct node *n);
/* Takes out all children. */
void tree_clear(struct node *dir);

/* Shorthands for what the builder itself makes. Bytes are borrowed. */
CHECK int tree_file(struct tree *t, struct node *dir, const char *path, const void *bytes,
	size_t len, uint32_t mode, int64_t mtime, struct node **out, struct diags *d);
CHECK int tree_symlink(struct tree *t, struct node *dir, const char *path, const char *target,
	int64_t mtime, struct diags *d);

/* "a/b/c" from the root, in the arena. */
const char *tree_path(struct arena *a, const struct node *n);

/* Reads a file's content through one interface, whatever it is made of. -1 with errno. */
ssize_t content_read(const struct content *c, uint64_t offset, void *buf, size_t len);

/*
 * Calls visit for every node but from itself, folders before what is in them, sorted. path is
 * relative to from and valid during the call. Stops at the first non-zero return and returns it.
 */
int tree_walk(const struct node *from, int (*visit)(void *ctx, struct node *n, const char *path),
	void *ctx);

#endif
