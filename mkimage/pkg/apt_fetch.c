/*
 * Files of the archive into debs/, named by their SHA-256. Every use checks the digest: apt trusts
 * what lies in its cache, and a store may be shared.
 */
#include "base/fd.h"
#include "mkimage/pkg/apt_impl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 256 << 10, BATCH = 64 };

static const char helper[] = "/usr/lib/apt/apt-helper";

static const char *hex(struct arena *a, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_str(a, digest_hex(g, text));
}

static bool is_source(const struct apt_file *f)
{
	return strcmp(f->arch, "source") == 0;
}

static const char *shown(struct arena *a, const struct apt_file *f)
{
	return is_source(f) ? f->name : arena_fmt(a, "%s %s", f->name, f->version);
}

static const char *final_path(const struct apt *apt, const struct apt_file *f)
{
	const char *sum = hex(apt->mem, &f->digest);
	return is_source(f) ? arena_fmt(apt->mem, "%s/%s-%s", apt->debs, sum, f->name)
			    : arena_fmt(apt->mem, "%s/%s.deb", apt->debs, sum);
}

/* One per process: another build may be fetching the same. */
static const char *temp_path(const struct apt *apt, const struct apt_file *f)
{
	return arena_fmt(
		apt->mem, "%s/tmp/%ld-%s", apt->debs, (long)getpid(), hex(apt->mem, &f->digest));
}

static int file_check(const struct apt_file *f, const char *path, const char *hint, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	uint8_t *buf = arena_alloc(a, CHUNK);
	struct digest got;
	uint64_t size = 0;
	ssize_t n;
	if (fd < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	while ((n = fd_read_full(fd, buf, CHUNK)) > 0) {
		hasher_add(h, buf, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", path);
	hasher_take(h, &got);
	if (size == f->size && digest_equal(&got, &f->digest))
		return 0;
	return fail(d, KIND_INTEGRITY, hint, "\"%s\" (%s) is not what Debian's signed index says",
		path, shown(d->mem, f));
}

static int download(struct apt *apt, struct apt_file *const *files, size_t len, struct diags *d)
{
	struct arena *a = apt->mem;
	struct spawn s = apt_spawn(apt, helper);
	spawn_args(a, &s, "-qq", "download-file", NULL);
	for (size_t i = 0; i < len; i++)
		spawn_args(a, &s, files[i]->uri, temp_path(apt, files[i]),
			arena_fmt(a, "SHA256:%s", hex(a, &files[i]->digest)), NULL);
	return spawn_run(a, &s, 0, NULL, NULL, d);
}

static int keep(struct apt *apt, struct apt_file *f, struct diags *d)
{
	const char *temp = temp_path(apt, f), *path = final_path(apt, f);
	if (file_check(f, temp, "the mirror may be in the middle of an update: try again", d) < 0)
		return -1;
	if (rename(temp, path) < 0)
		return fail_sys(d, errno, "cannot rename \"%s\" to \"%s\"", temp, path);
	f->path = path;
	return 0;
}

static int batch_fetch(struct apt *apt, struct apt_file *const *files, size_t len, struct diags *d)
{
	struct diags quiet;
	diags_init(&quiet, apt->mem);
	int rc = download(apt, files, len, &quiet);
	if (rc < 0)
		rc = fail(d, KIND_SYSTEM,
			arena_fmt(d->mem,
				"check the network; when the mirror has a newer version, remove "
				"\"%s/updated\" and try again",
				apt->root),
			"cannot fetch %s%s: %s", shown(apt->mem, files[0]),
			len > 1 ? " and others" : "", apt_said(d->mem, &quiet));
	for (size_t i = 0; i < len && rc == 0; i++)
		rc = keep(apt, files[i], d);
	for (size_t i = 0; i < len && rc < 0; i++)
		(void)unlink(temp_path(apt, files[i])); /* most are not there */
	return rc;
}

/* The mirror has no .dsc of some packages; the index has said all that it would say. */
static bool may_miss(const struct apt_file *f)
{
	size_t len = strlen(f->name);
	return is_source(f) && len > 4 && strcmp(f->name + len - 4, ".dsc") == 0;
}

int apt_fetch(struct apt *apt, struct apt_files *files, struct diags *d)
{
	struct apt_file *batch[BATCH];
	size_t len = 0;
	struct stat st;
	for (size_t i = 0; i < files->len; i++) {
		struct apt_file *f = &files->items[i];
		const char *path = final_path(apt, f);
		if (lstat(path, &st) == 0) {
			const char *hint = arena_fmt(
				d->mem, "remove \"%s\"; it is fetched again then", path);
			if (file_check(f, path, hint, d) < 0)
				return -1;
			f->path = path;
		} else if (may_miss(f)) {
			struct diags quiet;
			diags_init(&quiet, apt->mem);
			if (download(apt, &f, 1, &quiet) == 0 && keep(apt, f, d) < 0)
				return -1;
		} else {
			batch[len++] = f;
		}
		if (len == BATCH && batch_fetch(apt, batch, len, d) < 0)
			return -1;
		len = len == BATCH ? 0 : len;
	}
	return len ? batch_fetch(apt, batch, len, d) : 0;
}
