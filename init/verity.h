/*
 * A root that is verified when it is read (Linux
 * Documentation/admin-guide/device-mapper/verity.rst): every block is compared with the tree of
 * hashes on another partition, whose superblock is veritysetup's
 * (https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity). A block that does not fit is a
 * kernel panic that names it, never wrong data.
 */
#ifndef INIT_VERITY_H
#define INIT_VERITY_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VERITY_SUPERBLOCK = 512, /* bytes */
	VERITY_HEX = 64,	 /* of a SHA-256 */
	VERITY_TABLE = 384,
	VERITY_PATH = 64, /* of a device */
};

/*
 * The kernel's words for a device that is verified, from the superblock, and how many sectors it
 * has; false when it is none that we make. root: VERITY_HEX lower-case hex digits.
 */
bool verity_table(const uint8_t superblock[VERITY_SUPERBLOCK], const char *root, const char *data,
	const char *hashes, char out[VERITY_TABLE], uint64_t *sectors);
/* The verified device of two. Records why on failure. */
CHECK int verity_attach(
	const char *root, const char *data, const char *hashes, char out[VERITY_PATH]);

#endif
