/* libsquashfs's compressor, behind the blocks that earlier builds compressed. */
#include "mkimage/fs/fs_squashfs_impl.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* base must be first: the library casts. */
struct packer {
	sqfs_compressor_t base;
	sqfs_compressor_t *zstd;
	struct blocks *blocks;
	uint64_t how;
	ZSTD_DCtx *unpack;
	uint8_t plain[SQUASH_BLOCK];
};

static struct packer *own(void *object)
{
	return object;
}

/* The hash has found the packed form of this block, or of one that has its hash. */
static bool is_packed(
	struct packer *p, const uint8_t *packed, size_t len, const uint8_t *in, size_t size)
{
	return ZSTD_decompressDCtx(p->unpack, p->plain, sizeof(p->plain), packed, len) == size &&
	       memcmp(p->plain, in, size) == 0;
}

/*
 * A block that zstd makes no smaller is kept under the complement of its hash, as its digest: there
 * is nothing to unpack and compare.
 */
enum { DENSE = DIGEST_SHA256_HEX / 2 };

static bool is_dense(struct packer *p, uint64_t hash, const uint8_t *in, size_t size)
{
	uint8_t kept[DENSE];
	struct digest is;
	if (blocks_find(p->blocks, ~hash, size, kept, DENSE) != DENSE)
		return false;
	digest_of(DIGEST_SHA256, in, size, &is);
	return memcmp(kept, is.bytes, DENSE) == 0;
}

static void keep(struct packer *p, uint64_t hash, const uint8_t *in, size_t size,
	const uint8_t *packed, sqfs_s32 len)
{
	struct digest is;
	if (len > 0)
		blocks_add(p->blocks, hash, size, packed, (size_t)len);
	if (len != 0)
		return;
	digest_of(DIGEST_SHA256, in, size, &is);
	blocks_add(p->blocks, ~hash, size, is.bytes, DENSE);
}

static sqfs_s32 do_block(
	sqfs_compressor_t *base, const sqfs_u8 *in, sqfs_u32 size, sqfs_u8 *out, sqfs_u32 outsize)
{
	struct packer *p = own(base);
	uint64_t hash = blocks_hash(p->how, in, size);
	size_t n = size > sizeof(p->plain) ? 0 : blocks_find(p->blocks, hash, size, out, outsize);
	if (n && is_packed(p, out, n, in, size))
		return (sqfs_s32)n;
	if (is_dense(p, hash, in, size))
		return 0;
	sqfs_s32 made = p->zstd->do_block(p->zstd, in, size, out, outsize);
	keep(p, hash, in, size, out, made);
	return made;
}

static void get_configuration(const sqfs_compressor_t *base, sqfs_compressor_config_t *c)
{
	const struct packer *p = (const struct packer *)(const void *)base;
	p->zstd->get_configuration(p->zstd, c);
}

static int write_options(sqfs_compressor_t *base, sqfs_file_t *file)
{
	return own(base)->zstd->write_options(own(base)->zstd, file);
}

static int read_options(sqfs_compressor_t *base, sqfs_file_t *file)
{
	return own(base)->zstd->read_options(own(base)->zstd, file);
}

static void destroy(sqfs_object_t *object)
{
	struct packer *p = own(object);
	sqfs_destroy(p->zstd);
	ZSTD_freeDCtx(p->unpack);
	free(p);
}

/* Each thread of the library gets a copy. */
static sqfs_object_t *copy(const sqfs_object_t *object)
{
	const struct packer *p = (const struct packer *)(const void *)object;
	return (sqfs_object_t *)squash_packer(p->zstd, p->blocks, p->how);
}

sqfs_compressor_t *squash_packer(const sqfs_compressor_t *zstd, struct blocks *blocks, uint64_t how)
{
	struct packer *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->base.base = (sqfs_object_t){ destroy, copy };
	p->base.get_configuration = get_configuration;
	p->base.write_options = write_options;
	p->base.read_options = read_options;
	p->base.do_block = do_block;
	p->zstd = sqfs_copy(zstd);
	p->unpack = ZSTD_createDCtx();
	p->blocks = blocks;
	p->how = how;
	if (p->zstd && p->unpack)
		return &p->base;
	destroy(&p->base.base);
	return NULL;
}
