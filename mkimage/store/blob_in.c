#include "mkimage/store/store_impl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct blob_in {
	struct arena *mem; /* owns this too */
	struct store *store;
	struct tmp_file tmp;
	struct hasher *hasher;
	uint64_t size;
};

int blob_in_open(struct store *s, struct blob_in **out, struct diags *d)
{
	struct arena *a = arena_new();
	struct blob_in *b = ARENA_NEW(a, struct blob_in);
	*b = (struct blob_in){ .mem = a, .store = s, .tmp = TMP_NONE };
	if (tmp_open(s, &b->tmp, d) < 0) {
		arena_free(a);
		return -1;
	}
	b->hasher = hasher_new(DIGEST_SHA256);
	*out = b;
	return 0;
}

int blob_in_write(struct blob_in *b, const void *bytes, size_t len, struct diags *d)
{
	if (fd_write_all(b->tmp.fd, bytes, len) < 0)
		return store_write_failed(b->store, errno, "a blob", d);
	hasher_add(b->hasher, bytes, len);
	b->size += len;
	return 0;
}

/* What is written is hashed as SHA-256; the rare other kind is read back. */
static int hash_again(struct blob_in *b, enum digest_alg alg, struct digest *got, struct diags *d)
{
	AUTO_HASHER h = hasher_new(alg);
	AUTO_ARENA a = arena_new();
	enum { CHUNK = 256 * 1024 };
	char *buf = arena_alloc(a, CHUNK);
	for (uint64_t at = 0; at < b->size;) {
		ssize_t n = fd_pread_full(b->tmp.fd, buf, CHUNK, at);
		if (n <= 0)
			return fail_sys(d, n ? errno : EIO, "cannot read back a blob in \"%s\"",
				b->store->path);
		hasher_add(h, buf, (size_t)n);
		at += (uint64_t)n;
	}
	hasher_take(h, got);
	return 0;
}

/* A blob that is there already was checked when it came; one of another size was damaged since. */
static bool there_already(struct store *s, const char *path, uint64_t size)
{
	struct stat st;
	return fstatat(s->dir, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == size;
}

int blob_in_commit(struct blob_in **in, const struct digest *want, struct digest *got,
	uint64_t *size, struct diags *d)
{
	AUTO_BLOB_IN b = *in;
	*in = NULL;
	struct digest g;
	hasher_take(b->hasher, &g);
	if (want && want->alg != g.alg && hash_again(b, want->alg, &g, d) < 0)
		return -1;
	if (want && !digest_equal(want, &g)) {
		char said[DIGEST_TEXT_SIZE], is[DIGEST_TEXT_SIZE];
		return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
			"a blob that is to be %s is %s", digest_text(want, said),
			digest_text(&g, is));
	}
	char path[BLOB_PATH_SIZE];
	blob_path(&g, path);
	if (!there_already(b->store, path, b->size)) {
		const char *folder = g.alg == DIGEST_SHA512 ? "blobs/sha512" : "blobs/sha256";
		if (mkdirat(b->store->dir, folder, 0777) < 0 && errno != EEXIST)
			return store_write_failed(b->store, errno, folder, d);
		if (tmp_commit(&b->tmp, b->store->dir, path, d) < 0)
			return -1;
	}
	*got = g;
	*size = b->size;
	return 0;
}

void blob_in_drop(struct blob_in **in)
{
	struct blob_in *b = *in;
	*in = NULL;
	if (!b)
		return;
	tmp_drop(&b->tmp);
	hasher_free(b->hasher);
	arena_free(b->mem);
}
