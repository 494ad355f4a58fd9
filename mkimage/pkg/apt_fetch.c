/* Bytes of the archive into debs/, and every use of them checked: apt does not hash again what it
 * finds. */
#include "base/fd.h"
#include "mkimage/pkg/apt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 256 << 10, BATCH = 64 };

static const char *hex(struct arena *a, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_str(a, digest_hex(g, text));
}

const char *apt_path(const struct apt *apt, const struct apt_file *file)
{
	return arena_fmt(apt->mem, "%s/%s", apt->debs, hex(apt->mem, &file->digest));
}

static int file_check(const struct apt_file *f, const char *path, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	struct digest got;
	char *buf = arena_alloc(a, CHUNK);
	uint64_t size = 0;
	if (fd < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	for (ssize_t n; (n = fd_read_full(fd, buf, CHUNK)) != 0; size += (uint64_t)n) {
		if (n < 0)
			return fail_sys(d, errno, "cannot read \"%s\"", path);
		hasher_add(h, buf, (size_t)n);
	}
	hasher_take(h, &got);
	if (size == f->size && digest_equal(&got, &f->digest))
		return 0;
	return fail(d, KIND_INTEGRITY,
		arena_fmt(d->mem, "remove \"%s\"; it will be fetched again", path),
		"\"%s\" is not what Debian's signed index says", f->file);
}

/* Without their digests, names would be all that tells apt's helper where bytes go. */
static int batch_fetch(struct apt *apt, const struct apt_files *batch, struct diags *d)
{
	struct strings argv = { 0 };
	struct arena *a = apt->mem;
	vec_push(a, &argv, "/usr/lib/apt/apt-helper");
	vec_push(a, &argv, "-qq");
	vec_push(a, &argv, "download-file");
	for (size_t i = 0; i < batch->len; i++) {
		const char *sha = hex(a, &batch->items[i].digest);
		vec_push(a, &argv, batch->items[i].uri);
		vec_push(a, &argv, arena_fmt(a, "%s/fetch/%s", apt->dir, sha));
		vec_push(a, &argv, arena_fmt(a, "SHA256:%s", sha));
	}
	if (apt_run(apt, &argv, NULL, d) < 0)
		return fail_ctx(d, "while fetching from Debian's archive");
	for (size_t i = 0; i < batch->len; i++) {
		const struct apt_file *f = &batch->items[i];
		const char *from = arena_fmt(a, "%s/fetch/%s", apt->dir, hex(a, &f->digest));
		if (file_check(f, from, d) < 0)
			return -1;
		if (rename(from, apt_path(apt, f)) < 0)
			return fail_sys(d, errno, "cannot keep \"%s\"", f->file);
	}
	return 0;
}

int apt_fetch(struct apt *apt, const struct apt_files *files, struct diags *d)
{
	struct apt_files batch = { 0 };
	struct stat st;
	for (size_t i = 0; i < files->len; i++) {
		if (lstat(apt_path(apt, &files->items[i]), &st) < 0)
			vec_push(apt->mem, &batch, files->items[i]);
		else if (file_check(&files->items[i], apt_path(apt, &files->items[i]), d) < 0)
			return -1;
		if (batch.len == BATCH || (batch.len && i + 1 == files->len)) {
			if (batch_fetch(apt, &batch, d) < 0)
				return -1;
			batch.len = 0;
		}
	}
	return 0;
}
