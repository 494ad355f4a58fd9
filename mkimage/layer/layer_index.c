#include "mkimage/layer/layer_impl.h"

#include "base/endian.h"

#include <string.h>

static const char magic[8] = { 'S', 'L', 'A', 'Y', 'E', 'R', 'I', 'X' };
enum { AT_RECORDS_SUM = 32, AT_DIFF_ID = 64, AT_HEAD_SUM = 136 };

void layer_index_begin(struct layer_index *x, struct arena *mem)
{
	*x = (struct layer_index){ .mem = mem, .cap = 64 * 1024, .len = LAYER_HEAD };
	x->bytes = arena_alloc(mem, x->cap);
}

static uint8_t *room(struct layer_index *x, size_t len)
{
	if (x->cap - x->len < len) {
		size_t cap = x->cap * 2 > x->len + len ? x->cap * 2 : x->len + len;
		x->bytes = arena_grow(x->mem, x->bytes, x->len, cap);
		x->cap = cap;
	}
	uint8_t *at = x->bytes + x->len;
	x->len += len;
	return at;
}

static uint8_t *put_text(uint8_t *at, const char *s, size_t len)
{
	memcpy(at, s, len);
	at[len] = 0;
	return at + len + 1;
}

int layer_index_add(struct layer_index *x, const struct layer_entry *e)
{
	size_t path = strlen(e->path), target = strlen(e->target);
	size_t len = LAYER_RECORD + path + 1 + target + 1;
	for (size_t i = 0; i < e->xattrs_len; i++)
		len += 6 + strlen(e->xattrs[i].name) + 1 + e->xattrs[i].len;
	if (x->len + len > LAYER_INDEX_MAX)
		return -1;
	uint8_t *p = room(x, len);
	memset(p, 0, LAYER_RECORD);
	p[0] = (uint8_t)e->kind;
	put_le16(p + 2, (uint16_t)path);
	put_le16(p + 4, (uint16_t)target);
	put_le16(p + 6, (uint16_t)e->xattrs_len);
	put_le32(p + 8, e->mode);
	put_le32(p + 12, e->uid);
	put_le32(p + 16, e->gid);
	put_le32(p + 20, e->major);
	put_le32(p + 24, e->minor);
	put_le64(p + 32, (uint64_t)e->mtime);
	put_le64(p + 40, e->size);
	put_le64(p + 48, e->offset);
	p = put_text(p + LAYER_RECORD, e->path, path);
	p = put_text(p, e->target, target);
	for (size_t i = 0; i < e->xattrs_len; i++) {
		const struct tar_xattr *a = &e->xattrs[i];
		size_t name = strlen(a->name);
		put_le16(p, (uint16_t)name);
		put_le32(p + 2, (uint32_t)a->len);
		p = put_text(p + 6, a->name, name);
		memcpy(p, a->value, a->len);
		p += a->len;
	}
	x->entries++;
	return 0;
}

static void put_sum(uint8_t *at, const uint8_t *bytes, size_t len)
{
	struct digest g;
	digest_of(DIGEST_SHA256, bytes, len, &g);
	memcpy(at, g.bytes, 32);
}

static bool sum_fits(const uint8_t *at, const uint8_t *bytes, size_t len)
{
	uint8_t sum[32];
	put_sum(sum, bytes, len);
	return memcmp(at, sum, sizeof(sum)) == 0;
}

void layer_index_seal(struct layer_index *x, const struct digest *diff_id, uint64_t pack_size)
{
	uint8_t *h = x->bytes;
	memset(h, 0, LAYER_HEAD);
	memcpy(h, magic, sizeof(magic));
	put_le32(h + 8, LAYER_VERSION);
	put_le32(h + 12, x->entries);
	put_le64(h + 16, pack_size);
	put_le64(h + 24, x->len - LAYER_HEAD);
	put_sum(h + AT_RECORDS_SUM, h + LAYER_HEAD, x->len - LAYER_HEAD);
	put_le32(h + AT_DIFF_ID, (uint32_t)diff_id->alg);
	memcpy(h + AT_DIFF_ID + 8, diff_id->bytes, sizeof(diff_id->bytes));
	put_sum(h + AT_HEAD_SUM, h, AT_HEAD_SUM);
}

/* A text of len bytes and its NUL, without another one. */
static const char *take_text(struct layer_records *r, size_t len)
{
	if ((size_t)(r->end - r->at) < len + 1 || memchr(r->at, 0, len) || r->at[len])
		return NULL;
	const char *s = (const char *)r->at;
	r->at += len + 1;
	return s;
}

static int take_xattrs(struct layer_records *r, struct tar_xattr *xattrs, size_t n)
{
	if (n > TAR_XATTRS_MAX)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (r->end - r->at < 6)
			return -1;
		size_t name = get_le16(r->at);
		size_t value = get_le32(r->at + 2);
		r->at += 6;
		xattrs[i].name = take_text(r, name);
		if (!xattrs[i].name || !name || value > TAR_XATTR_VALUE_MAX ||
			(size_t)(r->end - r->at) < value)
			return -1;
		if (i && strcmp(xattrs[i - 1].name, xattrs[i].name) >= 0)
			return -1;
		xattrs[i].value = r->at;
		xattrs[i].len = value;
		r->at += value;
	}
	return 0;
}

int layer_record_next(struct layer_records *r, struct tar_xattr *xattrs, struct layer_entry *out)
{
	if (!r->left)
		return 0;
	if (r->end - r->at < LAYER_RECORD)
		return -1;
	const uint8_t *p = r->at;
	struct layer_entry e = {
		.mode = get_le32(p + 8),
		.uid = get_le32(p + 12),
		.gid = get_le32(p + 16),
		.major = get_le32(p + 20),
		.minor = get_le32(p + 24),
		.mtime = (int64_t)get_le64(p + 32),
		.size = get_le64(p + 40),
		.offset = get_le64(p + 48),
		.xattrs = xattrs,
		.xattrs_len = get_le16(p + 6),
	};
	uint64_t content_end;
	if (p[0] >= LAYER_KINDS || p[1] || get_le32(p + 28) || e.mode > 07777 ||
		__builtin_add_overflow(e.offset, e.size, &content_end) ||
		content_end > r->pack_size)
		return -1;
	e.kind = (enum layer_kind)p[0];
	r->at += LAYER_RECORD;
	e.path = take_text(r, get_le16(p + 2));
	e.target = e.path ? take_text(r, get_le16(p + 4)) : NULL;
	if (!e.target || take_xattrs(r, xattrs, e.xattrs_len) < 0)
		return -1;
	r->left--;
	*out = e;
	return 1;
}

int layer_index_open(
	const uint8_t *bytes, size_t len, const struct digest *diff_id, struct layer_records *out)
{
	if (len < LAYER_HEAD || memcmp(bytes, magic, sizeof(magic)) != 0 ||
		get_le32(bytes + 8) != LAYER_VERSION ||
		!sum_fits(bytes + AT_HEAD_SUM, bytes, AT_HEAD_SUM) ||
		get_le64(bytes + 24) != len - LAYER_HEAD ||
		!sum_fits(bytes + AT_RECORDS_SUM, bytes + LAYER_HEAD, len - LAYER_HEAD) ||
		get_le32(bytes + AT_DIFF_ID) != (uint32_t)diff_id->alg ||
		memcmp(bytes + AT_DIFF_ID + 8, diff_id->bytes, sizeof(diff_id->bytes)) != 0)
		return -1;
	struct layer_records r = {
		.at = bytes + LAYER_HEAD,
		.end = bytes + len,
		.left = get_le32(bytes + 12),
		.pack_size = get_le64(bytes + 16),
	};
	struct layer_records walk = r;
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	struct layer_entry e;
	int rc;
	while ((rc = layer_record_next(&walk, xattrs, &e)) > 0)
		;
	if (rc < 0 || walk.at != walk.end)
		return -1;
	*out = r;
	return 0;
}
