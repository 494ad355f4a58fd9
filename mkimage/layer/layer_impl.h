/*
 * Inside an unpacked layer: a pack with the files' contents, and an index of entries in the layer's
 * order.
 *
 * The index, all integers little-endian:
 *   0  "SLAYERIX"   8  version (u32)   12 entries (u32)   16 size of the pack (u64)   24 bytes of
 * records (u64) 32 SHA-256 of the records   64 the diff id: algorithm (u32), 4 zeros, 64 bytes 136
 * SHA-256 of bytes 0..135 168 records, each: 0 kind (u8)  1 zero (u8)  2 bytes of path (u16)  4
 * bytes of target (u16)  6 attributes (u16) 8 mode  12 owner  16 group  20 major  24 minor (u32
 * each)  28 zero (u32)  32 mtime (s64) 40 size  48 offset in the pack (u64 each)  56 path, target,
 * each with a NUL, then for each attribute: bytes of name (u16), bytes of value (u32), name with a
 * NUL, value
 */
#ifndef LAYER_LAYER_IMPL_H
#define LAYER_LAYER_IMPL_H

#include "mkimage/layer/layer.h"
#include "mkimage/out/out.h"
#include "mkimage/store/decode.h"
#include "mkimage/store/tar_read.h"

enum {
	LAYER_VERSION = 1, /* of the index, and of where in the pack things are */
	LAYER_HEAD = 168,
	LAYER_RECORD = 56,
	LAYER_ENTRIES_MAX = 1000000,
	LAYER_NAME_MAX = 255, /* NAME_MAX */
	LAYER_INDEX_MAX = 512 << 20
};

enum layer_kind {
	LAYER_DIR,
	LAYER_FILE,
	LAYER_SYMLINK,
	LAYER_CHAR,
	LAYER_BLOCK,
	LAYER_FIFO,
	LAYER_LINK,
	LAYER_WHITEOUT,
	LAYER_OPAQUE,
	LAYER_KINDS
};

/* Paths are relative, without "", "." and ".."; "" is the layer's root (LAYER_DIR, LAYER_OPAQUE).
 */
struct layer_entry {
	enum layer_kind kind;
	const char *path;
	const char *target; /* LAYER_SYMLINK: as written; LAYER_LINK: a path like path; else "" */
	uint32_t mode, uid, gid, major, minor;
	int64_t mtime;
	uint64_t size, offset;		/* LAYER_FILE */
	const struct tar_xattr *xattrs; /* sorted by name, each once */
	size_t xattrs_len;
};

/* Writing: entries are appended, then sealed. */
struct layer_index {
	struct arena *mem;
	uint8_t *bytes; /* head and records */
	size_t len, cap;
	uint32_t entries;
};
void layer_index_begin(struct layer_index *x, struct arena *mem);
/* -1: LAYER_INDEX_MAX is reached. */
CHECK int layer_index_add(struct layer_index *x, const struct layer_entry *e);
void layer_index_seal(struct layer_index *x, const struct digest *diff_id, uint64_t pack_size);

/* Reading: bytes that may be anything. */
struct layer_records {
	const uint8_t *at, *end;
	uint32_t left;
	uint64_t pack_size;
};
/* 0, or -1 when it is no index of that layer, was cut off or is damaged: then every record was
 * looked at. */
CHECK int layer_index_open(
	const uint8_t *bytes, size_t len, const struct digest *diff_id, struct layer_records *out);
/* 1: an entry, pointing into the bytes; 0: the end; -1: damaged. xattrs has room for
 * TAR_XATTRS_MAX. */
CHECK int layer_record_next(
	struct layer_records *r, struct tar_xattr *xattrs, struct layer_entry *out);

struct layer {
	struct arena *mem; /* the caller's */
	int pack;
	const uint8_t *index;
	struct layer_records records;
	struct digest source; /* of the pack: how it is laid out, and the layer's diff id */
	const char *what;     /* "the layer sha256:…" */
};

/*
 * A path of a tar without leading "/" and "./" and what else says nothing. -1: it has "..", or a
 * part of more than LAYER_NAME_MAX bytes; *why says which.
 */
CHECK int layer_path(const char *text, char out[TAR_PATH_MAX + 1], const char **why);
enum layer_mark { MARK_NONE, MARK_WHITEOUT, MARK_OPAQUE, MARK_SKIP, MARK_BAD };
/* Whether path is a whiteout (image-spec layer.md); it becomes the path that it hides. */
enum layer_mark layer_mark(char *path);

/* What is written of a pack; small files are gathered. out NULL: compared with the file check. */
enum { LAYER_GATHER = 256 * 1024 };
struct layer_pack {
	struct out *out;
	int check;
	bool differs;
	uint64_t size, done; /* with what is gathered; compared */
	size_t gathered;
	char gather[LAYER_GATHER];
};
/* bytes NULL: zeros. what: the layer. */
CHECK int layer_pack_add(
	struct layer_pack *p, const char *what, const void *bytes, size_t len, struct diags *d);
CHECK int layer_pack_flush(struct layer_pack *p, struct diags *d);

CHECK int layer_media_check(const char *what, const char *type, enum encoding is, struct diags *d);

/*
 * Builds that want the same layer at once wait for the first. One lock file serves all layers of a
 * folder: each has a byte of it. 1: locked; 0: somebody else holds it, and wait is false; -1.
 */
CHECK int layer_lock(
	const char *folder, const struct digest *diff_id, bool wait, int *fd, struct diags *d);

/* Whether pack and index are what unpacking desc's blob gives: 1, 0, or -1. */
CHECK int layer_compare(struct store *s, const struct descriptor *desc,
	const struct digest *diff_id, int pack, const uint8_t *index, size_t len, struct diags *d);

/* Unpacks desc's blob into folder/HEX.pack and folder/HEX.index. */
CHECK int layer_unpack(struct store *s, const struct descriptor *desc, const struct digest *diff_id,
	const char *pack, const char *index, struct diags *d);

/*
 * Passes on why unpacking failed: a blob whose bytes are not what its digest says is a matter of
 * integrity, whatever its reader stumbled over first. -1.
 */
CHECK int layer_blame(
	struct store *s, const struct descriptor *desc, const struct diags *from, struct diags *d);

#endif
