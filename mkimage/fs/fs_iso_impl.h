/* A tree as ISO 9660 with Rock Ridge (ECMA-119; SUSP and RRIP 1.12). Sectors are 2048 bytes. */
#ifndef FS_FS_ISO_IMPL_H
#define FS_FS_ISO_IMPL_H

#include "mkimage/fs/fs_impl.h"

#include "base/arena.h"
#include "base/endian.h"

enum {
	ISO_SECTOR = 2048,
	ISO_RECORD = 33,      /* without its name */
	ISO_RECORD_MAX = 254, /* the length is one byte, and even */
	ISO_NAME_MAX = 11,    /* "00000012.;1" */
};

struct iso_bytes {
	uint8_t *items;
	size_t len, cap;
};

/* Entries of SUSP that belong to one record, and where each begins. */
struct iso_susp {
	uint8_t bytes[8 * 1024];
	size_t len, n;
	uint16_t starts[64];
};

/* One inode as its records describe it. */
struct iso_inode {
	const struct inode *inode;
	uint32_t number, links;
};

/* ECMA-119 7.2.3, 7.3.3: a number in both byte orders. */
void iso_both16(uint8_t *at, uint16_t v);
void iso_both32(uint8_t *at, uint32_t v);
/* ECMA-119 9.1.5; from 1900 to 2155. */
void iso_time(uint8_t at[7], int64_t t);

/* What every record says of its inode; name NULL: the record is a folder's own or its parent's. */
void iso_rock(struct iso_susp *s, const struct iso_inode *i, const char *name);
/* That there is Rock Ridge at all; in front of the others of the root's own record. */
void iso_rock_first(struct iso_susp *s);
/*
 * Puts as much as fits into room bytes at `at`, all else into *more, which will begin at a sector's
 * start, at first. Returns the bytes used at `at`.
 */
size_t iso_susp_put(struct arena *a, const struct iso_susp *s, uint8_t *at, size_t room,
	struct iso_bytes *more, uint32_t first);

struct iso_dir {
	const struct node *node;
	size_t parent; /* its place among the folders; the root is its own */
	size_t index;  /* among what is in the parent */
	uint32_t sector, size;
};

struct iso_file {
	const struct inode *inode;
	uint32_t sector;
};

struct iso {
	struct arena *mem;
	const struct fs_options *o;
	struct out *to;
	struct diags *d;
	struct {
		struct iso_dir *items;
		size_t len, cap;
	} dirs; /* level by level */
	struct {
		struct iso_file *items;
		size_t len, cap;
	} files; /* by inode->serial, from 1 */
	struct iso_bytes paths, more;
	uint32_t more_at, end;
};

/* Appends a folder's records; contents and folders have their places, or sizes will not change. */
void iso_put_dir(struct iso *iso, size_t index, struct iso_bytes *to);
/* iso->paths: both path tables, each of that many sectors; *len: bytes of one. */
uint32_t iso_put_paths(struct iso *iso, size_t *len);

static inline uint32_t iso_sectors(uint64_t bytes)
{
	return (uint32_t)((bytes + ISO_SECTOR - 1) / ISO_SECTOR);
}

#endif
