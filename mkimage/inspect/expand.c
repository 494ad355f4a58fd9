#include "mkimage/inspect/expand.h"

#include "mkimage/store/decode.h"

#include <string.h>
#include <zlib.h>

enum { MAGIC_MAX = 8, LAYERS_MAX = 2 }; /* a qcow2.gz */

static int expand_stream(struct inspector *x, struct inspect_part *p, struct out *to)
{
	const struct content *c = &p->content;
	AUTO_DECODER from = NULL;
	const void *bytes;
	size_t len;
	if (decoder_open(c->fd, c->offset, c->size, p->path, &from, x->d) < 0)
		return -1;
	do {
		if (decoder_next(from, &bytes, &len, x->d) < 0 ||
			(len && out_write(to, bytes, len, x->d) < 0))
			return -1;
	} while (len);
	return 0;
}

static const struct wrapping wrappings[] = {
	{ "\x1f\x8b\x08", 3, expand_stream },
	{ "\x28\xb5\x2f\xfd", 4, expand_stream },
	{ "QFI\xfb", 4, expand_qcow2 },
	{ "KDMV", 4, expand_vmdk },
	{ "conectix", 8, expand_vhd },
};

static bool all_zero(const uint8_t *bytes, size_t len)
{
	return !len || (!bytes[0] && memcmp(bytes, bytes + 1, len - 1) == 0);
}

int expand_copy(struct inspector *x, const struct inspect_part *p, uint64_t offset, void *buf,
	size_t len, struct out *to)
{
	if (part_read(x, p, offset, buf, len) < 0)
		return -1;
	return all_zero(buf, len) ? out_skip(to, len, x->d) : out_write(to, buf, len, x->d);
}

int expand_inflate(struct inspector *x, const struct inspect_part *p, bool raw, const void *bytes,
	size_t len, void *to, size_t to_len)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)bytes,
		.avail_in = (unsigned)len,
		.next_out = to,
		.avail_out = (unsigned)to_len };
	if (inflateInit2(&z, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK)
		return fail(x->d, KIND_SYSTEM, NULL, "no memory for decompressing");
	int rc = inflate(&z, Z_FINISH);
	(void)inflateEnd(&z);
	/* What follows the stream is padding. */
	if (z.avail_out || (rc != Z_STREAM_END && rc != Z_BUF_ERROR && rc != Z_OK))
		return part_fail(x, p, "a compressed piece of it is damaged");
	return 0;
}

static const struct wrapping *wrapping_of(const struct content *c)
{
	uint8_t h[MAGIC_MAX];
	if (c->fd < 0 || c->reader || content_read(c, 0, h, sizeof(h)) != sizeof(h))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(wrappings); i++) {
		if (memcmp(h, wrappings[i].magic, wrappings[i].magic_len) == 0)
			return &wrappings[i];
	}
	return NULL;
}

static int expand_once(struct inspector *x, struct inspect_part *p, const struct wrapping *w)
{
	AUTO_OUT to = NULL;
	uint64_t stored = p->content.stored ? p->content.stored : p->content.size;
	if (out_scratch(x->scratch, &to, x->d) < 0 || w->expand(x, p, to) < 0)
		return -1;
	if (part_keep(x, to, &p->content) < 0)
		return -1;
	p->content.stored = stored;
	return 0;
}

int expand(struct inspector *x, struct inspect_part *p)
{
	const struct wrapping *w;
	for (int i = 0; i < LAYERS_MAX && (w = wrapping_of(&p->content)); i++) {
		if (expand_once(x, p, w) < 0)
			return -1;
	}
	return 0;
}
