#include "mkimage/disk/verity_impl.h"

#include "base/endian.h"
#include "base/fd.h"

#include <stdio.h>
#include <string.h>

/* 128^9 blocks are more than 2^63 bytes. */
enum { MAX_LEVELS = 9, SUPERBLOCK = 512, UUID_AT = 16, UUID_BYTES = 16, ALGORITHM_AT = 32 };

/* The lowest level first: its blocks hold the hashes of the image's. */
struct shape {
	uint64_t blocks[MAX_LEVELS], at[MAX_LEVELS];
	size_t levels;
	uint64_t end;
};

/* The kernel and veritysetup want the highest level in front. */
static void shape_of(uint64_t blocks, struct shape *s)
{
	*s = (struct shape){ .end = VERITY_BLOCK };
	for (uint64_t n = blocks; n > 1;) {
		n = (n + VERITY_FAN - 1) / VERITY_FAN;
		s->blocks[s->levels++] = n;
	}
	for (size_t i = s->levels; i-- > 0;) {
		s->at[i] = s->end;
		s->end += s->blocks[i] * VERITY_BLOCK;
	}
}

/* Its size and its first block, where a file system says how long it is: a table of hashes that was
 * made for another image serves for nothing here. */
static void salt_of(const uint8_t *first, uint64_t blocks, uint8_t salt[VERITY_SALT])
{
	static const char purpose[] = "slipway dm-verity salt";
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	uint8_t count[8];
	struct digest g;
	put_le64(count, blocks);
	hasher_add(h, purpose, sizeof(purpose));
	hasher_add(h, count, sizeof(count));
	hasher_add(h, first, VERITY_BLOCK);
	hasher_take(h, &g);
	memcpy(salt, g.bytes, VERITY_SALT);
}

static int write_superblock(struct out *tree, const struct verity *v, struct diags *d)
{
	uint8_t b[SUPERBLOCK] = "verity\0";
	put_le32(b + 8, 1);  /* version */
	put_le32(b + 12, 1); /* the hash's type: salt first */
	memcpy(b + UUID_AT, v->root.bytes, UUID_BYTES);
	memcpy(b + ALGORITHM_AT, "sha256", 6);
	put_le32(b + 64, VERITY_BLOCK);
	put_le32(b + 68, VERITY_BLOCK);
	put_le64(b + 72, v->blocks);
	put_le16(b + 80, VERITY_SALT);
	memcpy(b + 88, v->salt, VERITY_SALT);
	return out_pwrite(tree, b, sizeof(b), 0, d);
}

static int hash_all(const struct out *image, const struct shape *s, unsigned threads,
	struct out *tree, struct verity *v)
{
	struct verity_level l = { .from_fd = out_fd(image),
		.to_fd = out_fd(tree),
		.salt = v->salt,
		.blocks = v->blocks };
	for (size_t i = 0; i < s->levels; i++) {
		l.to = s->at[i];
		if (verity_hash_level(&l, threads) < 0)
			return -1;
		l.from_fd = l.to_fd;
		l.from = l.to;
		l.blocks = s->blocks[i];
	}
	/* What is left is one block: the tree's highest, or the image's only one. */
	uint8_t top[VERITY_BLOCK];
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	ssize_t n = fd_pread_full(l.from_fd, top, sizeof(top), l.from);
	if (n != (ssize_t)sizeof(top)) {
		errno = n < 0 ? errno : EIO;
		return -1;
	}
	verity_hash(v->salt, top, h, &v->root);
	return 0;
}

int verity_write(const struct out *image, unsigned threads, struct out *tree, struct verity *out,
	struct diags *d)
{
	uint64_t size = out_size(image);
	struct verity v = { .blocks = size / VERITY_BLOCK };
	uint8_t first[VERITY_BLOCK];
	struct shape s;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (!size || size % VERITY_BLOCK)
		return fail(d, KIND_BUG, NULL, "\"%s\" has no whole blocks of %d bytes to verify",
			out_path(image), VERITY_BLOCK);
	if (fd_pread_full(out_fd(image), first, sizeof(first), 0) != (ssize_t)sizeof(first))
		return fail_sys(d, errno, "cannot read \"%s\" back", out_path(image));
	salt_of(first, v.blocks, v.salt);
	shape_of(v.blocks, &s);
	if (!threads)
		threads = processors > 0 ? (unsigned)processors : 1;
	if (out_skip(tree, s.end, d) < 0)
		return -1;
	if (hash_all(image, &s, threads, tree, &v) < 0)
		return fail_sys(d, errno, "cannot write the hashes of \"%s\"", out_path(image));
	if (write_superblock(tree, &v, d) < 0)
		return -1;
	*out = v;
	return 0;
}

uint64_t verity_size(uint64_t image)
{
	struct shape s;
	shape_of((image + VERITY_BLOCK - 1) / VERITY_BLOCK, &s);
	return image ? s.end : 0;
}

void verity_guids(const struct verity *v, char root[UUID_TEXT_SIZE], char tree[UUID_TEXT_SIZE])
{
	char *const to[] = { root, tree };
	for (size_t half = 0; half < ARRAY_LEN(to); half++) {
		const uint8_t *b = v->root.bytes + half * UUID_BYTES;
		snprintf(to[half], UUID_TEXT_SIZE,
			"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
			b[12], b[13], b[14], b[15]);
	}
}
