/* The block devices of the machine, and the partition of one of them that is the root. */
#ifndef INIT_BLOCKDEV_H
#define INIT_BLOCKDEV_H

#include "init/partuuid.h"

enum { BLOCKDEV_PATH_SIZE = 64, BLOCKDEV_SEEN_SIZE = 320 };

struct blockdev_search {
	struct gpt_key key;
	bool found;
	bool no_medium; /* a drive without a medium was seen */
	/* When found: the partition's own device and offset 0, or the whole device (needs_loop). */
	char path[BLOCKDEV_PATH_SIZE];
	bool needs_loop;
	uint64_t offset, bytes;
	/* What there was to see, for the message when nothing is found. */
	char seen[BLOCKDEV_SEEN_SIZE];
	size_t seen_len;
};

/* One look at every whole block device; set key before. */
void blockdev_find(struct blockdev_search *s);

#endif
