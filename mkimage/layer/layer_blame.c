/* Why a layer could not be unpacked. */
#include "mkimage/layer/layer_impl.h"

#include "base/fd.h"

/* Whether the stored bytes are what the digest says; true also when they cannot be read. */
static bool intact(struct store *s, const struct descriptor *desc, struct arena *a)
{
	enum { CHUNK = 256 * 1024 };
	struct diags quiet; /* the error there is will be told */
	AUTO_FD fd = -EBADF;
	AUTO_HASHER h = hasher_new(desc->digest.alg);
	char *buf = arena_alloc(a, CHUNK);
	struct digest got;
	ssize_t n;
	diags_init(&quiet, a);
	if (store_blob_open(s, desc, &fd, &quiet) < 0)
		return true;
	while ((n = fd_read_full(fd, buf, CHUNK)) > 0)
		hasher_add(h, buf, (size_t)n);
	if (n < 0)
		return true;
	hasher_take(h, &got);
	return digest_equal(&got, &desc->digest);
}

int layer_blame(
	struct store *s, const struct descriptor *desc, const struct diags *from, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char text[DIGEST_TEXT_SIZE];
	const struct diag *g = from->first;
	if (g->kind == KIND_INPUT && !intact(s, desc, a))
		return fail(d, KIND_INTEGRITY,
			"remove it from the store and import the image again",
			"the blob %s is damaged", digest_text(&desc->digest, text));
	return fail(d, g->kind, g->hint, "%s", g->what);
}
