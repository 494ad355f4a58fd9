/* Inside the tar reader. */
#ifndef STORE_TAR_IMPL_H
#define STORE_TAR_IMPL_H

#include "mkimage/store/tar_read.h"

enum { TAR_BLOCK_SIZE = 512 };

/* Offsets of the header's fields. */
enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_MAJOR = 329,
	AT_MINOR = 337,
	AT_PREFIX = 345
};

/* Where data lies in a sparse file. */
struct tar_piece {
	uint64_t offset, len;
};

struct tar_sparse {
	struct tar_piece *items;
	size_t len, cap;
	size_t now;	   /* the piece that is read next or now */
	uint64_t at, size; /* position in, and size of, the file with its holes */
};

/* What an extended header says about the next entry. */
struct tar_pax {
	char *text; /* TAR_PAX_MAX + 1 bytes, made when first needed */
	size_t len;
	bool present;
	const char *path, *target; /* or NULL */
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size, uid, gid;
	int64_t mtime;
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	size_t xattrs_len;
	/* GNU.sparse.*: versions 0.0 and 0.1 bring the map here, 1.0 at the start of the body. */
	bool sparse, sparse_in_body;
	const char *sparse_name;
	uint64_t sparse_size;
};

struct tar_reader {
	struct arena *mem;
	struct tar_source src;
	const char *what;
	const uint8_t *p; /* what the source gave and is not read yet */
	size_t have;
	uint64_t at;   /* the position of p in the stream */
	uint64_t body; /* bytes of the entry's body that are not read yet */
	unsigned pad;  /* and of the padding behind it */
	bool ended, is_sparse;
	struct tar_pax pax;
	struct tar_sparse sparse;
	bool long_path, long_target;
	char path[TAR_PATH_MAX + 1], target[TAR_PATH_MAX + 1];
};

int tar_fail(struct tar_reader *t, struct diags *d, const char *fmt, ...) PRINTF(3, 4);
/* Up to len bytes, fewer only at the stream's end. */
CHECK int tar_read(struct tar_reader *t, void *to, size_t len, size_t *got, struct diags *d);
/* All of them, or "is cut off". */
CHECK int tar_read_all(struct tar_reader *t, void *to, size_t len, struct diags *d);
CHECK int tar_skip(struct tar_reader *t, uint64_t len, struct diags *d);
/* A slice of at most max bytes; len 0 at the stream's end. */
CHECK int tar_slice(
	struct tar_reader *t, uint64_t max, const void **bytes, size_t *len, struct diags *d);

/* Octal, or base 256 with the top bit set. -1: malformed, or out of int64_t. */
CHECK int tar_number(const uint8_t *field, size_t len, int64_t *out);
/* Decimal digits up to the end of text; -1: anything else. */
CHECK int tar_decimal(const char *text, uint64_t *out);

bool tar_sum_ok(const uint8_t *header);
const char *tar_path_of(struct tar_reader *t, const uint8_t *header);
const char *tar_target_of(struct tar_reader *t, const uint8_t *header);
CHECK int tar_type_of(struct tar_reader *t, const uint8_t *header, const char *path,
	enum tar_type *out, struct diags *d);
/* Mode, owner, time, device and attributes. */
CHECK int tar_metadata(
	struct tar_reader *t, const uint8_t *header, struct tar_entry *e, struct diags *d);

/* Reads the extended header that is the entry's body. */
CHECK int tar_pax_read(struct tar_reader *t, uint64_t size, struct diags *d);
void tar_pax_reset(struct tar_pax *p);

CHECK int tar_sparse_add(struct tar_reader *t, uint64_t offset, uint64_t len, struct diags *d);
/* "offset,len,offset,len": version 0.1's map. */
CHECK int tar_sparse_map(struct tar_reader *t, char *text, struct diags *d);
/* The map of a GNU 'S' header and the blocks behind it. */
CHECK int tar_sparse_gnu(struct tar_reader *t, const uint8_t *header, struct diags *d);
/* Version 1.0's map. */
CHECK int tar_sparse_body(struct tar_reader *t, struct diags *d);
/* The pieces are in order, do not overlap, and add up to the body. */
CHECK int tar_sparse_check(struct tar_reader *t, uint64_t size, struct diags *d);

#endif
