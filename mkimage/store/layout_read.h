/* What an import reads from: an OCI layout as a folder or in a tar, or a tar as `docker save` once
 * wrote it. */
#ifndef STORE_LAYOUT_READ_H
#define STORE_LAYOUT_READ_H

#include "mkimage/store/store_impl.h"

/* A file of a tar. Links keep where they lead. */
struct layout_file {
	const char *name; /* without "./" */
	const char *target;
	uint64_t offset, size;
};

struct layout {
	struct arena *mem;
	const char *path;
	int dir;		   /* a folder, or negative */
	int fd;			   /* a tar that is not compressed, or negative */
	struct tmp_file unpacked;  /* that tar, when it had to be decompressed */
	bool only_check;	   /* bytes are hashed, and nothing enters the store */
	struct layout_file *items; /* sorted by name */
	size_t len, cap;
};

/* Bytes of an open file. */
struct part {
	int fd;
	bool owned;
	uint64_t offset, size;
};
void part_drop(struct part *p);
#define AUTO_PART __attribute__((cleanup(part_drop))) struct part

CHECK int layout_open(
	struct store *s, struct arena *a, const char *path, struct layout *out, struct diags *d);
void layout_close(struct layout *l);
#define AUTO_LAYOUT __attribute__((cleanup(layout_close))) struct layout
#define LAYOUT_NONE ((struct layout){ .dir = -EBADF, .fd = -EBADF, .unpacked = { .fd = -EBADF } })

/* 1: it is there; 0: it is not; -1. */
CHECK int layout_find(struct layout *l, const char *name, struct part *out, struct diags *d);
CHECK int layout_find_blob(
	struct layout *l, const struct digest *g, struct part *out, struct diags *d);
/* A whole file; KIND_INPUT when it is missing or larger than max. */
CHECK int layout_text(
	struct layout *l, const char *name, size_t max, char **text, size_t *len, struct diags *d);
/* A part's bytes, at most max. */
CHECK int part_text(struct layout *l, struct arena *a, const struct part *p, const char *what,
	size_t max, char **text, struct diags *d);
/* A part as a blob of the store; want and size: as in blob_in_commit. */
CHECK int part_put(struct store *s, struct layout *l, const struct part *p,
	const struct digest *want, struct digest *got, uint64_t *size, struct diags *d);

/* A tar that `docker save` wrote before Docker 25: manifest.json only. */
CHECK int import_docker(struct store *s, struct layout *l, const char *name,
	struct descriptors *tags, struct diags *d);
/* The names and descriptors that an OCI layout brings, everything below them copied and checked. */
CHECK int import_oci(struct store *s, struct layout *l, const char *name, struct descriptors *tags,
	struct diags *d);
/* desc, and what it refers to, into the store. what: how to call it. */
CHECK int import_copy(struct store *s, struct layout *l, const struct descriptor *desc,
	const char *what, struct diags *d);
/* One entry of index.json, and what its annotations call it. */
struct layout_root {
	struct descriptor desc;
	const char *name; /* NULL: nothing */
};
struct layout_roots {
	struct layout_root *items;
	size_t len, cap;
};
CHECK int layout_roots_read(struct layout *l, struct layout_roots *out, struct diags *d);
/* A full name with a tag, or an error that says which name is wrong. */
CHECK int import_name(struct arena *a, const char *text, const char **out, struct diags *d);

#endif
