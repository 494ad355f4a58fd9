/* One squashfs (4.0: Linux Documentation/filesystems/squashfs.rst) being read, by libsquashfs. */
#ifndef INSPECT_SQUASH_H
#define INSPECT_SQUASH_H

#include "mkimage/inspect/inspect_impl.h"

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir_reader.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sqfs/xattr_reader.h>

/* The library reads through this. base must be first: it casts. */
struct squash_source {
	sqfs_file_t base;
	const struct content *content;
};

/* Lives as long as the image: contents are read through it. */
struct squash_in {
	struct content_reader base; /* first: content_read casts back */
	struct inspector *x;	    /* while the tree is made */
	struct inspect_part *p;
	struct squash_source source;
	sqfs_super_t super;
	sqfs_compressor_t *cmp;
	sqfs_dir_reader_t *dirs;
	sqfs_data_reader_t *data;
	sqfs_id_table_t *ids;
	sqfs_xattr_reader_t *xattrs;
	sqfs_frag_table_t *fragments;
	struct node **nodes;	      /* by inode number: hard links, and folders met before */
	sqfs_inode_generic_t **files; /* by inode number */
	uint64_t last_block;	      /* contents before it were counted: identical files share */
};

/* Opens the tables, and has them closed with the image. s->p is set. */
CHECK int squash_in_open(struct squash_in *s);
/* 0 when rc is; else -1 with an error that says what cannot be read. */
CHECK int squash_in_check(struct squash_in *s, int rc, const char *what);

#endif
