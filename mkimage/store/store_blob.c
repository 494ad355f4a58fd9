#include "mkimage/store/store_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

const char *blob_path(const struct digest *g, char out[BLOB_PATH_SIZE])
{
	char text[DIGEST_TEXT_SIZE];
	snprintf(out, BLOB_PATH_SIZE, "blobs/%s/%s", digest_alg_name(g->alg), digest_hex(g, text));
	return out;
}

const char *store_blob_path(const struct store *s, struct arena *a, const struct digest *g)
{
	char path[BLOB_PATH_SIZE];
	return arena_fmt(a, "%s/%s", s->path, blob_path(g, path));
}

bool store_has(struct store *s, const struct digest *g)
{
	char path[BLOB_PATH_SIZE];
	struct stat st;
	lease_enter(s);
	lease_hold(s, g);
	bool has = fstatat(s->dir, blob_path(g, path), &st, 0) == 0 && S_ISREG(st.st_mode);
	lease_leave(s);
	return has;
}

int store_blob_open(struct store *s, const struct descriptor *desc, int *fd, struct diags *d)
{
	char path[BLOB_PATH_SIZE], text[DIGEST_TEXT_SIZE];
	digest_text(&desc->digest, text);
	lease_enter(s);
	lease_hold(s, &desc->digest);
	/* Not to hang on a pipe that somebody put there. */
	AUTO_FD blob = openat(
		s->dir, blob_path(&desc->digest, path), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int sys = errno;
	lease_leave(s);
	errno = sys;
	if (blob < 0 && errno == ENOENT)
		return fail(d, KIND_INTEGRITY, "import the image again: slipway image import PATH",
			"the store has no blob %s", text);
	struct stat st;
	if (blob < 0 || fstat(blob, &st) < 0)
		return fail_sys(d, errno, "cannot open the blob %s", text);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != desc->size)
		return fail(d, KIND_INTEGRITY,
			arena_fmt(d->mem, "remove \"%s/%s\" and import the image again", s->path,
				path),
			"the blob %s has %llu bytes, and its descriptor says %llu", text,
			(unsigned long long)st.st_size, (unsigned long long)desc->size);
	*fd = fd_take(&blob);
	return 0;
}

int store_blob_read(struct store *s, struct arena *a, const struct descriptor *desc, size_t max,
	char **text, size_t *len, struct diags *d)
{
	char name[DIGEST_TEXT_SIZE], is[DIGEST_TEXT_SIZE];
	digest_text(&desc->digest, name);
	if (desc->size > max)
		return fail(d, KIND_INPUT, NULL,
			"the blob %s has %llu bytes, and at most %zu are allowed for its kind",
			name, (unsigned long long)desc->size, max);
	AUTO_FD fd = -EBADF;
	if (store_blob_open(s, desc, &fd, d) < 0)
		return -1;
	size_t size = (size_t)desc->size;
	char *bytes = arena_alloc(a, size + 1);
	ssize_t n = fd_read_full(fd, bytes, size);
	if (n < 0)
		return fail_sys(d, errno, "cannot read the blob %s", name);
	struct digest got;
	digest_of(desc->digest.alg, bytes, (size_t)n, &got);
	if (!digest_equal(&got, &desc->digest)) {
		char path[BLOB_PATH_SIZE];
		return fail(d, KIND_INTEGRITY,
			arena_fmt(d->mem, "remove \"%s/%s\" and import the image again", s->path,
				blob_path(&desc->digest, path)),
			"the blob %s is damaged: its bytes give %s", name, digest_text(&got, is));
	}
	*text = bytes;
	*len = size;
	return 0;
}

int store_blob_put(
	struct store *s, const void *bytes, size_t len, struct digest *out, struct diags *d)
{
	AUTO_BLOB_IN b = NULL;
	uint64_t size;
	if (blob_in_open(s, &b, d) < 0 || blob_in_write(b, bytes, len, d) < 0)
		return -1;
	return blob_in_commit(&b, NULL, out, &size, d);
}
