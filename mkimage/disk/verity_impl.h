/* One level of the tree from the one below it, on all processors. */
#ifndef DISK_VERITY_IMPL_H
#define DISK_VERITY_IMPL_H

#include "mkimage/disk/verity.h"

enum {
	VERITY_HASH = 32,
	VERITY_FAN = VERITY_BLOCK / VERITY_HASH, /* hashes of a block */
};

struct verity_level {
	int from_fd, to_fd;
	const uint8_t *salt;
	uint64_t from, blocks; /* where the blocks to hash begin, and how many they are */
	uint64_t to;	       /* where the blocks of hashes go */
};

void verity_hash(
	const uint8_t salt[VERITY_SALT], const void *block, struct hasher *h, struct digest *out);
/* 0, or -1 with errno. */
int verity_hash_level(const struct verity_level *l, unsigned threads);

#endif
