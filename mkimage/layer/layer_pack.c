/* The contents of a layer's files, end to end; written, or compared with what was written before.
 */
#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"

#include <string.h>

/* Larger pieces are written as they come. */
enum { DIRECT = 64 * 1024, CHUNK = 64 * 1024 };

/* len bytes (NULL: zeros) against those of the file, which begin at p->done. */
static int compare(struct layer_pack *p, const char *bytes, size_t len, struct diags *d)
{
	static const char zeros[CHUNK];
	char is[CHUNK];
	for (size_t at = 0; at < len && !p->differs;) {
		size_t n = len - at < CHUNK ? len - at : CHUNK;
		ssize_t got = fd_pread_full(p->check, is, n, p->done + at);
		if (got < 0)
			return fail_sys(d, errno, "cannot read an unpacked layer");
		p->differs = (size_t)got < n || memcmp(is, bytes ? bytes + at : zeros, n) != 0;
		at += n;
	}
	p->done += len;
	return 0;
}

int layer_pack_flush(struct layer_pack *p, struct diags *d)
{
	size_t n = p->gathered;
	p->gathered = 0;
	if (!n)
		return 0;
	return p->out ? out_write(p->out, p->gather, n, d) : compare(p, p->gather, n, d);
}

int layer_pack_add(
	struct layer_pack *p, const char *what, const void *bytes, size_t len, struct diags *d)
{
	p->size += len;
	if (p->size > DECODED_MAX)
		return fail(d, KIND_INPUT, NULL, "%s holds files of more than %llu GiB", what,
			(unsigned long long)(DECODED_MAX >> 30));
	if (bytes && len < DIRECT) {
		if (p->gathered + len > LAYER_GATHER && layer_pack_flush(p, d) < 0)
			return -1;
		memcpy(p->gather + p->gathered, bytes, len);
		p->gathered += len;
		return 0;
	}
	if (layer_pack_flush(p, d) < 0)
		return -1;
	if (!p->out)
		return compare(p, bytes, len, d);
	return bytes ? out_write(p->out, bytes, len, d) : out_skip(p->out, len, d);
}
