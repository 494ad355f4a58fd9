/* One block on its way into a squashfs: found among those of earlier builds, or compressed. */
#include "mkimage/fs/fs_squashfs_pool.h"

#include <errno.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

bool squash_zeros(const uint8_t *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

static int read_plain(struct squash_block *b)
{
	if (b->filled)
		return 0;
	ssize_t n = content_read(b->content, b->at, b->plain, b->len);
	if (n != (ssize_t)b->len) {
		b->sys = n < 0 ? errno : EIO;
		return -1;
	}
	b->filled = true;
	return 0;
}

/* What a file's place says of its bytes needs no look at them. */
bool squash_has_place(const struct content *c)
{
	return c->source && !c->bytes && !c->reader;
}

static int name_it(const struct squash_packer *p, struct hasher *h, struct squash_block *b)
{
	const struct content *c = b->content;
	if (!c)
		return 0; /* it has a name */
	block_name_begin(h, p->how);
	if (squash_has_place(c))
		block_name_add_place(h, c->source, c->offset + b->at, b->len);
	else if (read_plain(b) == 0)
		block_name_add_bytes(h, b->plain, b->len);
	b->name = block_name_take(h);
	return b->sys ? -1 : 0;
}

static int compress(const struct squash_packer *p, struct ZSTD_CCtx_s *zstd, struct squash_block *b)
{
	size_t n = ZSTD_compressCCtx(zstd, b->packed, SQUASH_BLOCK, b->plain, b->len, p->level);
	if (ZSTD_isError(n) && ZSTD_getErrorCode(n) != ZSTD_error_dstSize_tooSmall) {
		b->sys = ENOMEM;
		return -1;
	}
	bool smaller = !ZSTD_isError(n) && n < b->len;
	b->form.packed = smaller ? (uint32_t)n : 0;
	b->form.sum = blocks_sum(smaller ? b->packed : b->plain, smaller ? n : b->len);
	return 0;
}

void squash_pack(const struct squash_packer *p, struct squash_tools *t, struct squash_block *b)
{
	if (p->blocks && name_it(p, t->names, b) < 0)
		return;
	bool known = p->blocks && blocks_find(p->blocks, &b->name, b->len, b->packed, &b->form);
	if (known && b->form.packed)
		return;
	if (read_plain(b) < 0)
		return;
	b->zeros = b->content && squash_zeros(b->plain, b->len);
	if (known || b->zeros || compress(p, t->zstd, b) < 0 || !p->blocks)
		return;
	blocks_add(p->blocks, &b->name, b->len, b->packed, &b->form);
}

bool squash_tools_open(struct squash_tools *t)
{
	*t = (struct squash_tools){ ZSTD_createCCtx(), hasher_new(DIGEST_SHA256) };
	return t->zstd != NULL;
}

void squash_tools_close(struct squash_tools *t)
{
	ZSTD_freeCCtx(t->zstd);
	hasher_drop(&t->names);
}
