/*
 * dm-verity: a tree of SHA-256 hashes beside an image, whose root stands for every byte of it
 * (Linux Documentation/admin-guide/device-mapper/verity.rst, format 1; the superblock in front of
 * the tree is veritysetup's, https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity, "Verity
 * superblock format"). Salt and UUID follow from the image: the same image, the same bytes.
 */
#ifndef DISK_VERITY_H
#define DISK_VERITY_H

#include "base/digest.h"
#include "mkimage/out/out.h"

enum { VERITY_BLOCK = 4096, VERITY_SALT = 32 };

struct verity {
	uint64_t blocks; /* of data */
	uint8_t salt[VERITY_SALT];
	struct digest root;
};

/*
 * Writes superblock and tree of an image that starts at 0 and has whole blocks to an output that is
 * empty. threads 0: one per processor; never changes the bytes. Memory does not grow with the
 * image.
 */
CHECK int verity_write(const struct out *image, unsigned threads, struct out *tree,
	struct verity *out, struct diags *d);

/* How long that output is for an image of so many bytes; 0 bytes: none. */
uint64_t verity_size(uint64_t image);

/*
 * The GUIDs by which the partitions of the root and of its tree find each other (Discoverable
 * Partitions Specification, "Partition UUIDs"): the two halves of the root hash.
 */
void verity_guids(const struct verity *v, char root[UUID_TEXT_SIZE], char tree[UUID_TEXT_SIZE]);

#endif
