/*
 * A kernel without its decompressor, as machine monitors without firmware start it: the ELF file
 * that a bzImage holds compressed (Linux Documentation/arch/x86/boot.rst, payload_offset). What an
 * arm64 Image is, they take.
 */
#include "mkimage/build/build_impl.h"

#include "base/endian.h"
#include "base/library.h"
#include "mkimage/store/decode.h"

#include <errno.h>
#include <lzma.h>
#include <string.h>

enum {
	SETUP_LEN = 0x260,
	SETUP_SECTORS = 0x1f1,
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x206,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LEN = 0x24c,
	VERSION_WITH_PAYLOAD = 0x208,
	SECTOR = 512,
	ELF_MAX = 1 << 30,
	XZ_MEMORY = 128 << 20,
	CHUNK = 256 << 10,
};

struct payload {
	struct content at; /* in a file */
	uint32_t size;	   /* what comes out */
};

static int refuse(struct build *b, const char *why, struct diags *d)
{
	return fail_at(d, b->plan->config->kernel.image.at,
		"take a kernel whose image is a bzImage (gzip, xz, zstd) or an ELF file; on arm64, an Image",
		"the kernel \"%s\" cannot be started without firmware: %s", b->plan->kernel_ref,
		why);
}

/* boot.rst: the payload's last four bytes are its size before, also where the compressor has no
 * such field. */
static int find_payload(
	struct build *b, const struct content *kernel, struct payload *out, struct diags *d)
{
	uint8_t h[SETUP_LEN], tail[4];
	if (content_read(kernel, 0, h, sizeof(h)) != sizeof(h) ||
		memcmp(h + SETUP_MAGIC, "HdrS", 4) != 0)
		return refuse(b, "it is neither a bzImage nor an ELF file", d);
	if (get_le16(h + SETUP_VERSION) < VERSION_WITH_PAYLOAD)
		return refuse(b, "its image does not say where the kernel itself is", d);
	uint64_t sectors = h[SETUP_SECTORS] ? h[SETUP_SECTORS] : 4;
	uint64_t at = (sectors + 1) * SECTOR + get_le32(h + PAYLOAD_OFFSET),
		 len = get_le32(h + PAYLOAD_LEN);
	if (len < 8 || at > kernel->size || len > kernel->size - at ||
		content_read(kernel, at + len - 4, tail, sizeof(tail)) != sizeof(tail))
		return refuse(b, "its image ends before the kernel itself does", d);
	*out = (struct payload){ .size = get_le32(tail) };
	out->at = (struct content){ .fd = kernel->fd, .offset = kernel->offset + at, .size = len };
	return out->size <= ELF_MAX ? 0 : refuse(b, "it is larger than 1 GiB", d);
}

static int by_decoder(const struct payload *p, struct out *to, struct diags *d)
{
	AUTO_DECODER from = NULL;
	const void *bytes;
	size_t len;
	if (decoder_open(p->at.fd, p->at.offset, p->at.size, "the kernel", &from, d) < 0)
		return -1;
	do {
		if (decoder_next(from, &bytes, &len, d) < 0 || out_write(to, bytes, len, d) < 0)
			return -1;
	} while (len && out_size(to) <= p->size);
	return 0;
}

struct xz {
	__typeof__(lzma_stream_decoder) *decoder;
	__typeof__(lzma_code) *code;
	__typeof__(lzma_end) *end;
};

static int xz_run(const struct xz *xz, lzma_stream *s, const struct payload *p, struct out *to,
	uint8_t *in, uint8_t *buf, struct diags *d)
{
	lzma_ret rc = LZMA_OK;
	for (uint64_t at = 0; rc == LZMA_OK && out_size(to) <= p->size;) {
		if (!s->avail_in && at < p->at.size) {
			size_t len = p->at.size - at < CHUNK ? (size_t)(p->at.size - at) : CHUNK;
			if (content_read(&p->at, at, in, len) != (ssize_t)len)
				return fail_sys(d, EIO, "cannot read the kernel");
			at += len;
			s->next_in = in;
			s->avail_in = len;
		}
		s->next_out = buf;
		s->avail_out = CHUNK;
		rc = xz->code(s, LZMA_RUN);
		if (out_write(to, buf, CHUNK - s->avail_out, d) < 0)
			return -1;
	}
	return rc == LZMA_STREAM_END ? 0
				     : fail(d, KIND_INPUT, "fetch the kernel's image again",
					       "the kernel's xz stream is damaged");
}

static int by_xz(struct build *b, const struct payload *p, struct out *to, struct diags *d)
{
	struct xz xz;
	const struct library_symbol symbols[] = { { "lzma_stream_decoder", &xz.decoder },
		{ "lzma_code", &xz.code }, { "lzma_end", &xz.end } };
	lzma_stream s = LZMA_STREAM_INIT;
	if (library_load("liblzma.so.5", "liblzma5", symbols, ARRAY_LEN(symbols), d) < 0)
		return -1;
	if (xz.decoder(&s, XZ_MEMORY, 0) != LZMA_OK)
		return fail_sys(d, ENOMEM, "cannot start to decompress the kernel");
	int rc = xz_run(&xz, &s, p, to, arena_alloc(b->mem, CHUNK), arena_alloc(b->mem, CHUNK), d);
	xz.end(&s);
	return rc;
}

static int unpack(struct build *b, const struct payload *payload, struct out *to, struct diags *d)
{
	struct payload p = *payload;
	uint8_t magic[4], elf[4];
	if (content_read(&p.at, 0, magic, sizeof(magic)) != sizeof(magic))
		return fail_sys(d, EIO, "cannot read the kernel");
	bool gzip = memcmp(magic, "\x1f\x8b", 2) == 0,
	     zstd = memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0;
	if (!gzip) /* whose own last bytes these are */
		p.at.size -= 4;
	if (!gzip && !zstd &&
		memcmp(magic,
			"\xfd"
			"7zX",
			4) != 0)
		return refuse(b, "it is compressed by something else than gzip, xz and zstd", d);
	if ((gzip || zstd ? by_decoder(&p, to, d) : by_xz(b, &p, to, d)) < 0)
		return fail_ctx(d, "decompressing the kernel \"%s\"", b->plan->kernel_ref);
	struct content made = { .fd = out_fd(to), .size = out_size(to) };
	if (made.size != p.size || content_read(&made, 0, elf, sizeof(elf)) != sizeof(elf) ||
		memcmp(elf, "\177ELF", sizeof(elf)) != 0)
		return refuse(
			b, "what it holds compressed is no ELF file of the size that it says", d);
	return 0;
}

int artefact_kernel_elf(struct build *b, struct content *out, struct diags *d)
{
	const struct content *kernel;
	struct payload p;
	uint8_t h[64] = { 0 };
	if (artefact_kernel(b, &kernel, d) < 0)
		return -1;
	*out = *kernel;
	if (content_read(kernel, 0, h, sizeof(h)) < 0)
		return fail_sys(d, errno, "cannot read the kernel");
	bool arm = strcmp(b->plan->platform.arch, "arm64") == 0;
	if (arm ? memcmp(h + 56, "ARM\x64", 4) == 0 : memcmp(h, "\177ELF", 4) == 0)
		return 0;
	if (arm)
		return refuse(b, "it is no Image", d);
	if (!b->made.kernel_elf) {
		AUTO_OUT to = NULL;
		if (find_payload(b, kernel, &p, d) < 0 || build_scratch(b, &to, d) < 0 ||
			unpack(b, &p, to, d) < 0)
			return -1;
		b->made.kernel_elf = build_keep(b, &to);
	}
	const struct out *made = b->made.kernel_elf;
	*out = (struct content){ .fd = out_fd(made), .size = out_size(made) };
	return 0;
}
