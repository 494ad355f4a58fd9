/* RFC 1952, with no name and no time in the header. */
#include "mkimage/build/build_impl.h"

#include "base/fd.h"

#include <errno.h>
#include <zlib.h>

enum { CHUNK = 256 << 10, GZIP_WINDOW = 15 + 16 };

static int deflate_chunk(
	z_stream *z, int flush, unsigned char *buf, struct out *to, struct diags *d)
{
	do {
		z->next_out = buf;
		z->avail_out = CHUNK;
		if (deflate(z, flush) == Z_STREAM_ERROR)
			return fail(d, KIND_BUG, NULL, "deflate failed");
		if (out_write(to, buf, CHUNK - z->avail_out, d) < 0)
			return -1;
	} while (z->avail_out == 0);
	return 0;
}

int gzip_copy(struct build *b, const struct out *from, struct out *to, struct diags *d)
{
	unsigned char *in = arena_alloc(b->mem, CHUNK), *buf = arena_alloc(b->mem, CHUNK);
	z_stream z = { 0 };
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 9,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return fail_sys(d, ENOMEM, "cannot start to compress");
	int rc = 0;
	uint64_t at = 0, size = out_size(from);
	do {
		ssize_t n = fd_pread_full(out_fd(from), in, CHUNK, at);
		if (n < 0 || (n == 0 && at < size)) {
			rc = fail_sys(d, n < 0 ? errno : EIO, "cannot read a temporary file back");
			break;
		}
		at += (uint64_t)n;
		z.next_in = in;
		z.avail_in = (unsigned)n;
		rc = deflate_chunk(&z, at == size ? Z_FINISH : Z_NO_FLUSH, buf, to, d);
	} while (rc == 0 && at < size);
	(void)deflateEnd(&z); /* frees; it has nothing to say after Z_FINISH */
	return rc;
}
