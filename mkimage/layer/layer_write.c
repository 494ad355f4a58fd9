/* A tree as a layer: a tar, compressed with zstd (image-spec layer.md, "+zstd"). */
#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"
#include "mkimage/fs/fs.h"
#include "mkimage/out/out.h"

#include <zstd.h>

/*
 * The bytes depend on these and on libzstd's version only: with workers, the cut into jobs follows
 * from the level, never from how many there are.
 */
enum { LEVEL = 3, WORKERS = 2, IN_SIZE = 1 << 20, OUT_SIZE = 1 << 20 };

static void context_free(ZSTD_CCtx **c)
{
	ZSTD_freeCCtx(*c);
}

struct compress {
	ZSTD_CCtx *zstd;
	struct hasher *hasher; /* of the tar */
	struct blob_in *blob;
	char *in, *out;
};

static int zstd_failed(size_t rc, struct diags *d)
{
	return fail(d, KIND_SYSTEM, NULL, "cannot compress a layer: %s", ZSTD_getErrorName(rc));
}

static int piece(struct compress *c, size_t len, bool last, struct diags *d)
{
	ZSTD_inBuffer in = { c->in, len, 0 };
	for (size_t left = 1; in.pos < in.size || (last && left);) {
		ZSTD_outBuffer out = { c->out, OUT_SIZE, 0 };
		left = ZSTD_compressStream2(
			c->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return zstd_failed(left, d);
		if (out.pos && blob_in_write(c->blob, c->out, out.pos, d) < 0)
			return -1;
	}
	return 0;
}

static int compress_all(struct compress *c, int fd, uint64_t size, struct diags *d)
{
	for (uint64_t at = 0; at < size || !size;) {
		size_t want = size - at < IN_SIZE ? (size_t)(size - at) : IN_SIZE;
		ssize_t n = fd_pread_full(fd, c->in, want, at);
		if (n < 0 || (size_t)n < want)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read back a layer");
		hasher_add(c->hasher, c->in, want);
		at += want;
		if (piece(c, want, at == size, d) < 0)
			return -1;
		if (!size)
			break;
	}
	return 0;
}

static int setup(struct compress *c, uint64_t size, struct diags *d)
{
	if (!c->zstd)
		return fail(d, KIND_SYSTEM, NULL, "cannot start compressing a layer");
	size_t rc = ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, LEVEL);
	if (!ZSTD_isError(rc))
		rc = ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 0);
	if (!ZSTD_isError(rc))
		rc = ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_nbWorkers, WORKERS);
	if (!ZSTD_isError(rc))
		rc = ZSTD_CCtx_setPledgedSrcSize(c->zstd, size);
	return ZSTD_isError(rc) ? zstd_failed(rc, d) : 0;
}

int layer_write(struct store *s, const struct tree *t, struct descriptor *desc,
	struct digest *diff_id, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	AUTO_OUT tar = NULL;
	AUTO_HASHER hasher = hasher_new(DIGEST_SHA256);
	AUTO_BLOB_IN blob = NULL;
	__attribute__((cleanup(context_free))) ZSTD_CCtx *zstd = ZSTD_createCCtx();
	const char *folder;
	const struct fs_options plain = { .threads = 1 };
	if (store_folder(s, a, "tmp", &folder, d) < 0 || out_scratch(folder, &tar, d) < 0 ||
		fs_tar.write(t, &plain, tar, d) < 0 || blob_in_open(s, &blob, d) < 0)
		return fail_ctx(d, "writing a layer");
	struct compress c = { .zstd = zstd,
		.hasher = hasher,
		.blob = blob,
		.in = arena_alloc(a, IN_SIZE),
		.out = arena_alloc(a, OUT_SIZE) };
	struct descriptor made = { .media_type = "application/vnd.oci.image.layer.v1.tar+zstd" };
	if (setup(&c, out_size(tar), d) < 0 ||
		compress_all(&c, out_fd(tar), out_size(tar), d) < 0 ||
		blob_in_commit(&blob, NULL, &made.digest, &made.size, d) < 0)
		return fail_ctx(d, "writing a layer");
	hasher_take(hasher, diff_id);
	*desc = made;
	return 0;
}
