/* Which segments there are, and taking them away. */
#include "mkimage/fs/blocks_impl.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static bool segment_name(const char *name, struct digest *out)
{
	char text[DIGEST_TEXT_SIZE];
	int n = snprintf(text, sizeof(text), "sha256:%s", name);
	return n > 0 && (size_t)n < sizeof(text) && digest_parse(text, out) == 0;
}

static int by_use(const void *left, const void *right)
{
	const struct segment *a = left, *b = right;
	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec > b->used.tv_sec ? -1 : 1;
	if (a->used.tv_nsec != b->used.tv_nsec)
		return a->used.tv_nsec > b->used.tv_nsec ? -1 : 1;
	return strcmp(a->name, b->name);
}

int segments_list(struct arena *a, const char *folder, struct segment_list *out)
{
	struct digest unused;
	DIR *dir = opendir(folder);
	if (!dir)
		return -1;
	for (struct dirent *e; (e = readdir(dir));) {
		struct segment one = { .fd = -EBADF };
		struct stat st;
		if (!segment_name(e->d_name, &unused) ||
			fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(st.st_mode))
			continue;
		one.name = arena_str(a, e->d_name);
		one.size = (uint64_t)st.st_size;
		one.used = st.st_mtim;
		vec_push(a, out, one);
	}
	closedir(dir);
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), by_use);
	return 0;
}

/* ".HEX.part" and the like, as out_create() calls what it writes where files cannot be unnamed. */
static bool leftover_name(const char *name, struct digest *out)
{
	char hex[DIGEST_SHA256_HEX + 1] = { 0 };
	if (name[0] != '.' || strlen(name) <= sizeof(hex) || name[sizeof(hex)] != '.')
		return false;
	memcpy(hex, name + 1, DIGEST_SHA256_HEX);
	return segment_name(hex, out);
}

/* A build that still writes holds a lock on it. */
static bool abandoned(int folder, const char *name, uint64_t *size)
{
	struct stat st;
	AUTO_FD fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		flock(fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

/* What builds that were killed left. */
static int leftovers_gc(
	struct arena *a, const char *folder, bool dry, struct blocks_segments *out, struct diags *d)
{
	int rc = 0;
	DIR *dir = opendir(folder);
	if (!dir)
		return fail_sys(d, errno, "cannot list \"%s\"", folder);
	for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
		struct blocks_segment one;
		if (!leftover_name(e->d_name, &one.name) ||
			!abandoned(dirfd(dir), e->d_name, &one.size))
			continue;
		if (!dry && unlinkat(dirfd(dir), e->d_name, 0) < 0 && errno != ENOENT)
			rc = fail_sys(d, errno, "cannot remove \"%s/%s\"", folder, e->d_name);
		vec_push(a, out, one);
	}
	closedir(dir);
	return rc;
}

int blocks_gc(
	struct arena *a, const char *folder, bool dry, struct blocks_segments *out, struct diags *d)
{
	struct segment_list all = { 0 };
	if (segments_list(a, folder, &all) < 0)
		return errno == ENOENT ? 0 : fail_sys(d, errno, "cannot list \"%s\"", folder);
	vec_each (struct segment, s, &all) {
		struct blocks_segment one = { .size = s->size };
		const char *path = arena_fmt(a, "%s/%s", folder, s->name);
		if (!segment_name(s->name, &one.name))
			continue;
		if (!dry && unlink(path) < 0 && errno != ENOENT)
			return fail_sys(d, errno, "cannot remove \"%s\"", path);
		vec_push(a, out, one);
	}
	return leftovers_gc(a, folder, dry, out, d);
}
