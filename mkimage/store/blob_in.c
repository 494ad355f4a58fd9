#include "mkimage/store/store_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* Writing to the disk begins every so many bytes, so that the sync at the end is short. */
enum { CHUNK = 256 * 1024, WRITE_BACK = 8 << 20 };

struct blob_in {
	struct arena *mem; /* owns this too */
	struct store *store;
	struct tmp_file tmp;
	int folder; /* partial/, for a blob that is known; else negative */
	struct descriptor want;
	struct hasher *hasher;
	uint64_t size;
};

static const char *folder_of(const struct digest *g)
{
	return g->alg == DIGEST_SHA512 ? "blobs/sha512" : "blobs/sha256";
}

static struct blob_in *blob_new(struct store *s, enum digest_alg alg)
{
	struct arena *a = arena_new();
	struct blob_in *b = ARENA_NEW(a, struct blob_in);
	*b = (struct blob_in){ .mem = a, .store = s, .tmp = TMP_NONE, .folder = -EBADF };
	b->hasher = hasher_new(alg);
	return b;
}

int blob_in_open(struct store *s, struct blob_in **out, struct diags *d)
{
	AUTO_BLOB_IN b = blob_new(s, DIGEST_SHA256);
	if (tmp_open(s, "", &b->tmp, d) < 0)
		return -1;
	*out = b;
	b = NULL;
	return 0;
}

/* A blob that is there already was checked when it came; one of another size was damaged since. */
static bool there_already(struct store *s, const struct digest *g, uint64_t size)
{
	char path[BLOB_PATH_SIZE];
	struct stat st;
	return store_has(s, g) && fstatat(s->dir, blob_path(g, path), &st, 0) == 0 &&
	       (uint64_t)st.st_size == size;
}

/* Hashes what the file has from the start on. */
static int hash_file(struct blob_in *b, struct hasher *h, uint64_t size, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char *buf = arena_alloc(a, CHUNK);
	for (uint64_t at = 0; at < size;) {
		ssize_t n = fd_pread_full(
			b->tmp.fd, buf, size - at < CHUNK ? (size_t)(size - at) : CHUNK, at);
		if (n <= 0)
			return fail_sys(d, n ? errno : EIO, "cannot read back a blob in \"%s\"",
				b->store->path);
		hasher_add(h, buf, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

/* 1: it is ours; 0: it is not, since its last owner gave it its place; -1; BLOB_BUSY. */
static int partial_lock(struct blob_in *b, bool wait, struct diags *d)
{
	AUTO_FD fd = openat(b->folder, b->tmp.name,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0)
		return store_write_failed(b->store, errno, "a blob", d);
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EWOULDBLOCK)
			return BLOB_BUSY;
		if (errno != EINTR)
			return fail_sys(d, errno, "cannot lock a blob in \"%s\"", b->store->path);
	}
	if (!same_file(b->folder, b->tmp.name, fd))
		return 0;
	b->tmp.fd = fd_take(&fd);
	b->tmp.dir = b->folder;
	b->tmp.store = b->store;
	return 1;
}

/* What an earlier attempt left. It is only as good as the digest says in the end. */
static int partial_resume(struct blob_in *b, struct diags *d)
{
	struct stat st;
	if (fstat(b->tmp.fd, &st) < 0)
		return fail_sys(d, errno, "cannot look at a blob in \"%s\"", b->store->path);
	if (!S_ISREG(st.st_mode))
		return fail(d, KIND_SYSTEM, "remove it", "\"%s/partial/%s\" is no regular file",
			b->store->path, b->tmp.name);
	if ((uint64_t)st.st_size > b->want.size)
		return blob_in_restart(b, d);
	if (hash_file(b, b->hasher, (uint64_t)st.st_size, d) < 0)
		return -1;
	b->size = (uint64_t)st.st_size;
	if (lseek(b->tmp.fd, st.st_size, SEEK_SET) < 0)
		return fail_sys(d, errno, "cannot write to a blob in \"%s\"", b->store->path);
	return 0;
}

int blob_in_want(struct store *s, const struct descriptor *desc, bool wait, struct blob_in **out,
	struct diags *d)
{
	*out = NULL;
	if (there_already(s, &desc->digest, desc->size))
		return BLOB_THERE;
	AUTO_BLOB_IN b = blob_new(s, desc->digest.alg);
	b->want = (struct descriptor){ .digest = desc->digest, .size = desc->size };
	digest_text(&desc->digest, b->tmp.name);
	if (mkdirat(s->dir, "partial", 0777) < 0 && errno != EEXIST)
		return store_write_failed(s, errno, "partial", d);
	b->folder = openat(s->dir, "partial", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (b->folder < 0)
		return fail_sys(d, errno, "cannot open \"%s/partial\"", s->path);
	int rc;
	while ((rc = partial_lock(b, wait, d)) == 0)
		;
	if (rc != 1)
		return rc;
	/* Whoever held it before us may have had all of it. */
	if (there_already(s, &desc->digest, desc->size)) {
		tmp_drop(&b->tmp);
		return BLOB_THERE;
	}
	if (partial_resume(b, d) < 0)
		return -1;
	*out = b;
	b = NULL;
	return BLOB_NEEDED;
}

uint64_t blob_in_size(const struct blob_in *b)
{
	return b->size;
}

int blob_in_restart(struct blob_in *b, struct diags *d)
{
	struct digest unused;
	if (ftruncate(b->tmp.fd, 0) < 0 || lseek(b->tmp.fd, 0, SEEK_SET) < 0)
		return store_write_failed(b->store, errno, "a blob", d);
	hasher_take(b->hasher, &unused);
	b->size = 0;
	return 0;
}

int blob_in_write(struct blob_in *b, const void *bytes, size_t len, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	if (b->folder >= 0 && len > b->want.size - b->size)
		return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
			"the blob %s is longer than the %llu bytes that its descriptor says",
			digest_text(&b->want.digest, text), (unsigned long long)b->want.size);
	if (fd_write_all(b->tmp.fd, bytes, len) < 0)
		return store_write_failed(b->store, errno, "a blob", d);
	hasher_add(b->hasher, bytes, len);
	uint64_t before = b->size;
	b->size += len;
	if (before / WRITE_BACK != b->size / WRITE_BACK)
		(void)sync_file_range(b->tmp.fd, (off_t)(before / WRITE_BACK * WRITE_BACK),
			WRITE_BACK, SYNC_FILE_RANGE_WRITE); /* only sooner */
	return 0;
}

/* What is not what it was to be is of no use to a next attempt. */
static int wrong(
	struct blob_in *b, const struct digest *want, const struct digest *got, struct diags *d)
{
	char said[DIGEST_TEXT_SIZE], is[DIGEST_TEXT_SIZE];
	tmp_drop(&b->tmp);
	return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
		"a blob that is to be %s is %s", digest_text(want, said), digest_text(got, is));
}

static int place(struct blob_in *b, const struct digest *g, struct diags *d)
{
	char path[BLOB_PATH_SIZE];
	if (there_already(b->store, g, b->size)) {
		tmp_drop(&b->tmp);
		return 0;
	}
	if (mkdirat(b->store->dir, folder_of(g), 0777) < 0 && errno != EEXIST)
		return store_write_failed(b->store, errno, folder_of(g), d);
	return tmp_commit(&b->tmp, b->store->dir, blob_path(g, path), d);
}

int blob_in_commit(struct blob_in **in, const struct digest *want, struct digest *got,
	uint64_t *size, struct diags *d)
{
	AUTO_BLOB_IN b = *in;
	*in = NULL;
	struct digest g;
	char text[DIGEST_TEXT_SIZE];
	if (b->folder >= 0)
		want = &b->want.digest;
	if (b->folder >= 0 && b->size != b->want.size)
		return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
			"the blob %s is cut off after %llu bytes of %llu", digest_text(want, text),
			(unsigned long long)b->size, (unsigned long long)b->want.size);
	hasher_take(b->hasher, &g);
	if (want && want->alg != g.alg) {
		/* It was hashed as SHA-256 on its way; the rare other kind is read back. */
		AUTO_HASHER h = hasher_new(want->alg);
		if (hash_file(b, h, b->size, d) < 0)
			return -1;
		hasher_take(h, &g);
	}
	if (want && !digest_equal(want, &g))
		return wrong(b, want, &g, d);
	if (place(b, &g, d) < 0)
		return -1;
	if (got)
		*got = g;
	if (size)
		*size = b->size;
	return 0;
}

void blob_in_drop(struct blob_in **in)
{
	struct blob_in *b = *in;
	*in = NULL;
	if (!b)
		return;
	/* A part of a blob that is known waits for the next attempt. */
	if (b->folder < 0 || b->size == 0)
		tmp_drop(&b->tmp);
	fd_drop(&b->tmp.fd);
	fd_drop(&b->folder);
	hasher_free(b->hasher);
	arena_free(b->mem);
}
