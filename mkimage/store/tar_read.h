/*
 * Reading tar streams that anybody may have written: V7, ustar (POSIX.1-2017 pax, "ustar
 * Interchange Format"), pax records, GNU long names and sparse files (GNU tar manual, "Basic Tar
 * Format" and "Storing Sparse Files").
 *
 * Our own and not libarchive's because names must come out byte for byte: its 3.6 converts pax
 * names between character sets, which fails in the C locale and, in a UTF-8 one, normalises them (a
 * decomposed "é" is another file afterwards). Like Go's reader, which every OCI tool uses: only
 * regular files have a body.
 *
 * Memory is bounded whatever the input; errors are KIND_INPUT and name the byte.
 */
#ifndef STORE_TAR_READ_H
#define STORE_TAR_READ_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TAR_PATH_MAX = 4095,	     /* PATH_MAX less its NUL */
	TAR_PAX_MAX = 1 << 20,	     /* bytes of one entry's extended header */
	TAR_XATTRS_MAX = 128,	     /* of one entry */
	TAR_XATTR_NAME_MAX = 255,    /* XATTR_NAME_MAX */
	TAR_XATTR_VALUE_MAX = 65536, /* XATTR_SIZE_MAX */
	TAR_SPARSE_MAX = 1 << 20     /* pieces of one sparse file */
};

/* Gives the stream's next bytes, borrowed until the next call; len 0: the end. */
struct tar_source {
	int (*next)(void *ctx, const void **bytes, size_t *len, struct diags *d);
	void *ctx;
	/* Passes over up to len bytes without giving them; how many. NULL: the stream cannot. */
	uint64_t (*skip)(void *ctx, uint64_t len);
};

enum tar_type { TAR_FILE, TAR_LINK, TAR_SYMLINK, TAR_CHAR, TAR_BLOCK, TAR_DIR, TAR_FIFO };

struct tar_xattr {
	const char *name;
	const void *value;
	size_t len;
};

/* Valid until the next call of tar_next. Paths are as in the stream: not checked, never empty. */
struct tar_entry {
	enum tar_type type;
	const char *path;
	const char *target; /* TAR_LINK, TAR_SYMLINK */
	uint32_t mode;	    /* 12 bits */
	uint32_t uid, gid;
	int64_t mtime;
	uint32_t major, minor;
	uint64_t size;	 /* of the file, holes included */
	uint64_t offset; /* of its body in the stream */
	bool sparse;
	const struct tar_xattr *xattrs; /* in the stream's order */
	size_t xattrs_len;
};

struct tar_reader;

/* what: how to call the stream in messages ("the layer sha256:…"), borrowed. Lives in the arena. */
struct tar_reader *tar_reader_new(struct arena *mem, struct tar_source src, const char *what);
/* 1: an entry; 0: the end; -1. What is left of the entry before is skipped. */
CHECK int tar_next(struct tar_reader *t, struct tar_entry *out, struct diags *d);
/* The entry's next content; *bytes NULL: a hole of *len zeros; *len 0: its end. */
CHECK int tar_content(struct tar_reader *t, const void **bytes, size_t *len, struct diags *d);
/* After the end: reads the rest of the stream, which may hold nothing but zeros. */
CHECK int tar_finish(struct tar_reader *t, struct diags *d);

#endif
