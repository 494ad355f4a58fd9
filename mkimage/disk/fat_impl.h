/* A FAT volume's folders, and where things lie in it (FAT specification 1.03). Sectors are 512
 * bytes. */
#ifndef DISK_FAT_IMPL_H
#define DISK_FAT_IMPL_H

#include "mkimage/disk/disk_impl.h"

#include <stdbool.h>

enum {
	FAT_SECTOR = 512,
	FAT_NAME = 11, /* 8.3 without the dot, padded with spaces */
	FAT_LONG_MAX = 255,
	FAT_LONG_PART = 13, /* characters of a long name in one entry */
	FAT_ENTRY = 32,
	FAT16_ROOT_ENTRIES = 512,
	FAT_FIRST_CLUSTER = 2,
};

struct fat_node {
	char name[FAT_NAME]; /* of a long name: its alias, unique in the folder */
	const char *text;    /* as the path has it */
	bool is_long;
	size_t parent;		    /* an index; the root's is 0 */
	size_t entries;		    /* folders: what they hold, with ".", ".." or the label */
	const struct part *content; /* NULL: a folder */
	size_t file;		    /* its index among the files */
	uint32_t first, clusters;   /* first 0: nothing, or FAT16's root */
};

struct fat_nodes {
	struct fat_node *items; /* [0] is the root; parents come before what is in them */
	size_t len, cap;
};

struct fat_shape {
	bool fat32;
	uint32_t per_cluster; /* sectors */
	uint32_t reserved, fat_sectors, root_sectors;
	uint32_t clusters;
	uint64_t total; /* sectors */
};

/* -1: not upper-case 8.3. */
CHECK int fat_name(const char *name, size_t len, char out[FAT_NAME]);
/* The entries that hold a long name, in front of its alias's own. */
size_t fat_long_entries(const struct fat_node *n);
void fat_put_long(const struct fat_node *n, uint8_t *entries);
CHECK int fat_nodes_build(struct arena *a, const struct disk_file *files, size_t len,
	struct fat_nodes *out, struct diags *d);
/* Picks the kind and the sizes, and gives every node its clusters. */
CHECK int fat_layout(struct fat_nodes *n, uint64_t size, bool fat32_only, struct fat_shape *out,
	struct diags *d);

#endif
