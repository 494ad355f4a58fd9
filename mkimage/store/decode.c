#include "mkimage/store/decode.h"

#include "base/fd.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Above RATIO_FREE decoded bytes, more than RATIO_MAX of them for each encoded one are a bomb; gzip
 * cannot reach it. */
enum { IN_SIZE = 256 * 1024, OUT_SIZE = 512 * 1024, RATIO_MAX = 2000 };
static const uint64_t RATIO_FREE = UINT64_C(1) << 30;

struct decoder {
	struct arena *mem; /* owns this too */
	const char *what;
	enum encoding encoding;
	int fd;
	uint64_t at, left; /* what is not read yet */
	uint64_t in_total, out_total;
	uint8_t *in, *out;
	size_t in_at, in_len;
	bool in_frame; /* a frame or member is begun and not ended */
	z_stream gz;
	ZSTD_DCtx *zstd;
};

const char *encoding_name(enum encoding e)
{
	static const char *const names[] = { "not compressed", "gzip", "zstd" };
	return names[e];
}

static const struct {
	size_t len;
	const char *bytes;
	const char *name; /* of those that we do not read */
	enum encoding encoding;
} magics[] = {
	{ 2, "\x1f\x8b", NULL, ENCODING_GZIP },
	{ 4, "\x28\xb5\x2f\xfd", NULL, ENCODING_ZSTD },
	{ 6,
		"\xfd"
		"7zXZ\0",
		"xz", ENCODING_PLAIN },
	{ 3, "BZh", "bzip2", ENCODING_PLAIN },
	{ 4, "\x04\x22\x4d\x18", "lz4", ENCODING_PLAIN },
};

static int detect(struct decoder *c, const uint8_t *head, size_t len, struct diags *d)
{
	/* Skippable frames may come first in a zstd stream. */
	if (len >= 4 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0)
		c->encoding = ENCODING_ZSTD;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
		if (len < magics[i].len || memcmp(head, magics[i].bytes, magics[i].len) != 0)
			continue;
		if (magics[i].name)
			return fail(d, KIND_INPUT, "compress it with gzip or zstd, or not at all",
				"%s is compressed with %s, which OCI images may not be", c->what,
				magics[i].name);
		c->encoding = magics[i].encoding;
	}
	return 0;
}

static int start(struct decoder *c, struct diags *d)
{
	uint8_t head[6];
	ssize_t n = fd_pread_full(
		c->fd, head, c->left < sizeof(head) ? (size_t)c->left : sizeof(head), c->at);
	if (n < 0)
		return fail_sys(d, errno, "cannot read %s", c->what);
	if (detect(c, head, (size_t)n, d) < 0)
		return -1;
	c->in = arena_alloc(c->mem, c->encoding == ENCODING_PLAIN ? OUT_SIZE : IN_SIZE);
	if (c->encoding != ENCODING_PLAIN)
		c->out = arena_alloc(c->mem, OUT_SIZE);
	int rc = 0;
	if (c->encoding == ENCODING_GZIP)
		rc = inflateInit2(&c->gz, 15 + 16); /* the gzip wrapper only */
	if (c->encoding == ENCODING_ZSTD)
		rc = (c->zstd = ZSTD_createDCtx()) ? 0 : -1;
	return rc ? fail(d, KIND_SYSTEM, NULL, "cannot start decompressing %s", c->what) : 0;
}

int decoder_open(int fd, uint64_t offset, uint64_t len, const char *what, struct decoder **out,
	struct diags *d)
{
	struct arena *a = arena_new();
	AUTO_DECODER c = ARENA_NEW(a, struct decoder);
	*c = (struct decoder){ .mem = a, .what = what, .fd = fd, .at = offset, .left = len };
	if (start(c, d) < 0)
		return -1;
	*out = c;
	c = NULL;
	return 0;
}

enum encoding decoder_encoding(const struct decoder *c)
{
	return c->encoding;
}

static int fill(struct decoder *c, size_t size, struct diags *d)
{
	size_t want = c->left < size ? (size_t)c->left : size;
	ssize_t n = want ? fd_pread_full(c->fd, c->in, want, c->at) : 0;
	if (n < 0)
		return fail_sys(d, errno, "cannot read %s", c->what);
	if ((size_t)n < want)
		return fail(d, KIND_SYSTEM, "leave the store alone while it is read",
			"%s became shorter while it was read", c->what);
	c->in_at = 0;
	c->in_len = (size_t)n;
	c->at += (uint64_t)n;
	c->left -= (uint64_t)n;
	c->in_total += (uint64_t)n;
	return 0;
}

static int damaged(struct decoder *c, const char *why, struct diags *d)
{
	return fail(d, KIND_INPUT, "get the image again from where it comes from",
		"%s is no valid %s stream: %s", c->what, encoding_name(c->encoding),
		why ? why : "malformed");
}

/* What follows the last member of a gzip file must be zeros: tapes were padded so. */
static bool only_zeros(struct decoder *c)
{
	for (size_t i = c->in_at; i < c->in_len; i++)
		if (c->in[i])
			return false;
	return true;
}

static int gzip_step(struct decoder *c, size_t *made, struct diags *d)
{
	if (!c->in_frame && c->out_total && c->in[c->in_at] == 0) {
		if (!only_zeros(c))
			return damaged(c, "something follows its end", d);
		c->in_at = c->in_len;
		*made = 0;
		return 0;
	}
	c->gz.next_in = c->in + c->in_at;
	c->gz.avail_in = (uInt)(c->in_len - c->in_at);
	c->gz.next_out = c->out;
	c->gz.avail_out = OUT_SIZE;
	c->in_frame = true;
	int rc = inflate(&c->gz, Z_NO_FLUSH);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return damaged(c, c->gz.msg, d);
	c->in_at = c->in_len - c->gz.avail_in;
	*made = OUT_SIZE - c->gz.avail_out;
	if (rc == Z_STREAM_END) {
		c->in_frame = false;
		if (inflateReset(&c->gz) != Z_OK)
			return damaged(c, c->gz.msg, d);
	}
	return 0;
}

static int too_large(const struct decoder *c, struct diags *d)
{
	return fail(d, KIND_INPUT, NULL, "%s holds more than %llu GiB", c->what,
		(unsigned long long)(DECODED_MAX >> 30));
}

/* What a frame says of its size is no promise, but a threat. */
static bool frame_too_large(const struct decoder *c)
{
	unsigned long long size = ZSTD_getFrameContentSize(c->in + c->in_at, c->in_len - c->in_at);
	return size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR &&
	       size > DECODED_MAX - c->out_total;
}

static int zstd_step(struct decoder *c, size_t *made, struct diags *d)
{
	if (!c->in_frame && frame_too_large(c))
		return too_large(c, d);
	ZSTD_inBuffer in = { c->in, c->in_len, c->in_at };
	ZSTD_outBuffer out = { c->out, OUT_SIZE, 0 };
	size_t rc = ZSTD_decompressStream(c->zstd, &out, &in);
	if (ZSTD_isError(rc))
		return damaged(c, ZSTD_getErrorName(rc), d);
	c->in_at = in.pos;
	c->in_frame = rc != 0;
	*made = out.pos;
	return 0;
}

static int guard(struct decoder *c, size_t made, struct diags *d)
{
	c->out_total += made;
	if (c->out_total > DECODED_MAX)
		return too_large(c, d);
	if (c->out_total > RATIO_FREE && c->out_total / RATIO_MAX > c->in_total)
		return fail(d, KIND_INPUT, NULL,
			"%s is a decompression bomb: %llu bytes became more than %llu", c->what,
			(unsigned long long)c->in_total, (unsigned long long)c->out_total);
	return 0;
}

int decoder_next(struct decoder *c, const void **bytes, size_t *len, struct diags *d)
{
	if (c->encoding == ENCODING_PLAIN) {
		if (fill(c, OUT_SIZE, d) < 0 || guard(c, c->in_len, d) < 0)
			return -1;
		*bytes = c->in;
		*len = c->in_len;
		return 0;
	}
	bool full =
		false; /* the last step filled the output: there may be more without more input */
	for (size_t made = 0; made == 0;) {
		if (c->in_at == c->in_len && fill(c, IN_SIZE, d) < 0)
			return -1;
		if (c->in_at == c->in_len && (!c->in_frame || full)) {
			*len = 0;
			return c->in_frame ? damaged(c, "it is cut off", d) : 0;
		}
		full = c->in_len == 0; /* one more step flushes what the library holds back */
		if (c->encoding == ENCODING_GZIP ? gzip_step(c, &made, d) : zstd_step(c, &made, d))
			return -1;
		if (guard(c, made, d) < 0)
			return -1;
		*bytes = c->out;
		*len = made;
	}
	return 0;
}

uint64_t decoder_skip(struct decoder *c, uint64_t len)
{
	if (c->encoding != ENCODING_PLAIN)
		return 0;
	uint64_t n = len < c->left ? len : c->left;
	c->at += n;
	c->left -= n;
	return n;
}

void decoder_close(struct decoder **in)
{
	struct decoder *c = *in;
	*in = NULL;
	if (!c)
		return;
	if (c->encoding == ENCODING_GZIP)
		inflateEnd(&c->gz);
	ZSTD_freeDCtx(c->zstd);
	arena_free(c->mem);
}
