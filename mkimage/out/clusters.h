/* A raw disk in pieces of one size: those that are not all zero, in order, packed by many threads.
 */
#ifndef OUT_CLUSTERS_H
#define OUT_CLUSTERS_H

#include "mkimage/out/disk_image.h"

#include <stddef.h>

struct cluster {
	uint64_t index; /* of pieces, from the start of the disk */
	const uint8_t *data;
	const uint8_t *packed; /* NULL: no pack, or it does not get smaller */
	size_t packed_len;
};

/* Packs; 0: it does not fit. Called by several threads at a time. */
typedef size_t pack_fn(const uint8_t *in, size_t len, uint8_t *out, size_t room);
typedef int cluster_fn(void *ctx, const struct cluster *c, struct diags *d);

/* size: a piece's. room: what a packed one may take. pack may be NULL. */
struct cluster_options {
	size_t size, room;
	pack_fn *pack;
};
CHECK int clusters_each(const struct raw_disk *from, const struct cluster_options *o,
	cluster_fn *use, void *ctx, struct diags *d);

/* RFC 1951 in a window of 4 KiB, RFC 1950, RFC 8878. */
pack_fn pack_deflate, pack_zlib, pack_zstd;

#endif
