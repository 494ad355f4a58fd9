#include "mkimage/store/export.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int export_failed(struct export *x, int sys, struct diags *d)
{
	const char *hint = NULL;
	if (sys == ENOSPC || sys == EDQUOT)
		hint = "make room there, or export to another file system";
	return fail(d, KIND_SYSTEM, hint, "cannot write \"%s\": %s", x->to, strerror(sys));
}

int export_blob(struct export *x, const struct descriptor *desc, int out, struct diags *d)
{
	enum { CHUNK = 1 << 20 };
	AUTO_ARENA a = arena_new();
	AUTO_FD in = -EBADF;
	AUTO_HASHER h = hasher_new(desc->digest.alg);
	char *buf = arena_alloc(a, CHUNK), text[DIGEST_TEXT_SIZE];
	if (store_blob_open(x->store, desc, &in, d) < 0)
		return -1;
	for (uint64_t left = desc->size; left;) {
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		ssize_t n = fd_read_full(in, buf, want);
		if (n < 0 || (size_t)n < want)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read the blob %s",
				digest_text(&desc->digest, text));
		hasher_add(h, buf, want);
		if (fd_write_all(out, buf, want) < 0)
			return export_failed(x, errno, d);
		left -= want;
	}
	struct digest got;
	hasher_take(h, &got);
	if (digest_equal(&got, &desc->digest))
		return 0;
	char path[BLOB_PATH_SIZE];
	return fail(d, KIND_INTEGRITY,
		arena_fmt(d->mem, "remove \"%s/%s\" and import the image again", x->store->path,
			blob_path(&desc->digest, path)),
		"the blob %s is damaged", digest_text(&desc->digest, text));
}

static int write_file(struct export *x, int dir, const char *name, const char *text, size_t len,
	const struct descriptor *blob, struct diags *d)
{
	AUTO_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return export_failed(x, errno, d);
	if (blob ? export_blob(x, blob, fd, d) < 0 : fd_write_all(fd, text, len) < 0)
		return blob ? -1 : export_failed(x, errno, d);
	return fsync(fd) < 0 && errno != EINVAL ? export_failed(x, errno, d) : 0;
}

static int fill_folder(struct export *x, const char *path, struct diags *d)
{
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[BLOB_PATH_SIZE];
	if (dir < 0 || mkdirat(dir, "blobs", 0755) < 0 || mkdirat(dir, "blobs/sha256", 0755) < 0)
		return export_failed(x, errno, d);
	vec_each (struct descriptor, b, &x->blobs) {
		if (b->digest.alg == DIGEST_SHA512 && mkdirat(dir, "blobs/sha512", 0755) < 0 &&
			errno != EEXIST)
			return export_failed(x, errno, d);
		if (write_file(x, dir, blob_path(&b->digest, name), NULL, 0, b, d) < 0)
			return -1;
	}
	if (write_file(x, dir, "index.json", x->index, x->index_len, NULL, d) < 0)
		return -1;
	return write_file(
		x, dir, "oci-layout", layout_version_text, strlen(layout_version_text), NULL, d);
}

int export_folder(struct export *x, struct diags *d)
{
	size_t n = strlen(x->to);
	while (n > 1 && x->to[n - 1] == '/')
		n--;
	const char *to = arena_strn(x->mem, x->to, n);
	char *part = arena_fmt(x->mem, "%s.XXXXXX", to);
	struct stat st;
	if (lstat(to, &st) == 0)
		return fail(d, KIND_INPUT, "remove it, or name another folder",
			"\"%s\" exists already", to);
	if (!mkdtemp(part))
		return export_failed(x, errno, d);
	int rc = fill_folder(x, part, d);
	if (rc == 0 && (chmod(part, 0755) < 0 ||
			       renameat2(AT_FDCWD, part, AT_FDCWD, to, RENAME_NOREPLACE) < 0))
		rc = export_failed(x, errno, d);
	if (rc < 0) {
		struct diags quiet; /* the first error is the one to tell */
		diags_init(&quiet, x->mem);
		(void)!dir_remove(part, &quiet);
	}
	return rc;
}

/* ustar with names that always fit, nobody's files, no times (POSIX.1-2017 pax). */
static int tar_head(
	struct export *x, int fd, const char *name, char type, uint64_t size, struct diags *d)
{
	uint8_t h[512] = { 0 };
	snprintf((char *)h, 100, "%s", name);
	memcpy(h + 100, type == '5' ? "0000755" : "0000644", 8);
	memcpy(h + 108, "0000000", 8);
	memcpy(h + 116, "0000000", 8);
	if (size >> 33) {
		h[124] = 0x80; /* base 256: GNU's way for more than 8 GiB, which every reader knows
				*/
		for (int i = 0; i < 8; i++)
			h[135 - i] = (uint8_t)(size >> (8 * i));
	} else {
		snprintf((char *)h + 124, 12, "%011llo", (unsigned long long)size);
	}
	memcpy(h + 136, "00000000000", 12);
	memset(h + 148, ' ', 8);
	h[156] = (uint8_t)type;
	memcpy(h + 257, "ustar\00000", 8);
	memcpy(h + 329, "0000000", 8);
	memcpy(h + 337, "0000000", 8);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	h[155] = ' ';
	return fd_write_all(fd, h, sizeof(h)) < 0 ? export_failed(x, errno, d) : 0;
}

static int tar_pad(struct export *x, int fd, uint64_t size, struct diags *d)
{
	static const char zeros[1024];
	return fd_write_all(fd, zeros, (size_t)(-size % 512)) < 0 ? export_failed(x, errno, d) : 0;
}

static int tar_text(
	struct export *x, int fd, const char *name, const char *text, size_t len, struct diags *d)
{
	if (tar_head(x, fd, name, '0', len, d) < 0)
		return -1;
	if (fd_write_all(fd, text, len) < 0)
		return export_failed(x, errno, d);
	return tar_pad(x, fd, len, d);
}

static int fill_tar(struct export *x, int fd, struct diags *d)
{
	static const char end[1024];
	char name[BLOB_PATH_SIZE];
	int alg = -1;
	/* What the reader needs first comes first, so that streams can be read too. */
	if (tar_text(x, fd, "oci-layout", layout_version_text, strlen(layout_version_text), d) <
			0 ||
		tar_text(x, fd, "index.json", x->index, x->index_len, d) < 0 ||
		tar_head(x, fd, "blobs/", '5', 0, d) < 0)
		return -1;
	vec_each (struct descriptor, b, &x->blobs) {
		if ((int)b->digest.alg != alg) {
			alg = (int)b->digest.alg;
			snprintf(name, sizeof(name), "blobs/%s/", digest_alg_name(b->digest.alg));
			if (tar_head(x, fd, name, '5', 0, d) < 0)
				return -1;
		}
		if (tar_head(x, fd, blob_path(&b->digest, name), '0', b->size, d) < 0 ||
			export_blob(x, b, fd, d) < 0 || tar_pad(x, fd, b->size, d) < 0)
			return -1;
	}
	return fd_write_all(fd, end, sizeof(end)) < 0 ? export_failed(x, errno, d) : 0;
}

/*
 * A file without a name, where the file system can: a run that is killed then leaves nothing. Else
 * one called as part says, whose last six bytes are made unique.
 */
static int open_part(struct export *x, char *part, bool *unnamed)
{
	const char *slash = strrchr(x->to, '/');
	const char *folder = !slash	      ? "."
			     : slash == x->to ? "/"
					      : arena_strn(x->mem, x->to, (size_t)(slash - x->to));
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	*unnamed = fd >= 0 && access("/proc/self/fd", X_OK) == 0;
	if (*unnamed)
		return fd;
	fd_drop(&fd);
	return mkostemp(part, O_CLOEXEC);
}

/* Gives the file part's name; linkat does not replace what is there, so rename follows. */
static int name_part(struct export *x, int fd, char *part, bool *unnamed)
{
	const char *self = arena_fmt(x->mem, "/proc/self/fd/%d", fd);
	AUTO_FD taken = mkostemp(part, O_CLOEXEC); /* a name that nobody has */
	if (taken < 0 || unlink(part) < 0)
		return -1;
	if (linkat(AT_FDCWD, self, AT_FDCWD, part, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	*unnamed = false;
	return 0;
}

int export_tar(struct export *x, struct diags *d)
{
	char *part = arena_fmt(x->mem, "%s.XXXXXX", x->to);
	bool unnamed;
	AUTO_FD fd = open_part(x, part, &unnamed);
	if (fd < 0)
		return export_failed(x, errno, d);
	mode_t mask = umask(0);
	umask(mask);
	int rc = fill_tar(x, fd, d);
	if (rc == 0 && (fchmod(fd, 0666 & ~mask) < 0 || (fsync(fd) < 0 && errno != EINVAL) ||
			       (unnamed && name_part(x, fd, part, &unnamed) < 0) ||
			       rename(part, x->to) < 0))
		rc = export_failed(x, errno, d);
	if (rc < 0 && !unnamed)
		(void)unlink(part); /* an unfinished file that stays says so by its name */
	return rc;
}
