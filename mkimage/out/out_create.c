#include "mkimage/out/out_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

const char *out_temp_name(struct arena *a, const char *name, const char *unique)
{
	/* Leaves room in NAME_MAX for long targets. */
	return arena_fmt(a, ".%.200s.%s", name, unique);
}

const char *out_folder_path(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return slash == path ? "/" : arena_strn(a, path, (size_t)(slash - path));
}

/* A file without a name needs /proc to get one later, and a file system that knows O_TMPFILE. */
static int open_unnamed(struct out *to, unsigned mode, bool scratch)
{
	if (!scratch && access("/proc/self/fd", X_OK) < 0)
		return -1;
	return openat(to->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC | (scratch ? O_EXCL : 0),
		(mode_t)mode);
}

/*
 * The fallback has a fixed name, held by a lock, so that what a killed run leaves behind is taken
 * over by the next one. -1 with errno; EWOULDBLOCK: someone else is writing.
 */
static int open_named(struct out *to, const char *temp, unsigned mode)
{
	for (int tries = 0; tries < 16; tries++) {
		AUTO_FD fd = openat(to->folder, temp,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, (mode_t)mode);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
			return -1;
		struct stat mine, there;
		if (fstat(fd, &mine) < 0)
			return -1;
		/* The other holder may have renamed it before we got the lock. */
		if (fstatat(to->folder, temp, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
			there.st_ino != mine.st_ino || there.st_dev != mine.st_dev)
			continue;
		if (!S_ISREG(mine.st_mode)) {
			errno = EEXIST;
			return -1;
		}
		if (ftruncate(fd, 0) < 0)
			return -1;
		return fd_take(&fd);
	}
	errno = EWOULDBLOCK;
	return -1;
}

static struct out *new_out(const char *path)
{
	struct arena *a = arena_new();
	struct out *o = ARENA_NEW(a, struct out);
	*o = (struct out){ .mem = a,
		.fd = -EBADF,
		.folder = -EBADF,
		.direct = -EBADF,
		.path = arena_str(a, path) };
	return o;
}

static int open_folder(struct out *o, const char *folder, struct diags *d)
{
	o->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (o->folder < 0)
		return fail_sys(d, errno, "cannot open the folder \"%s\" to write \"%s\" into it",
			folder, o->path);
	return 0;
}

int out_create(const char *path, unsigned mode, struct out **to, struct diags *d)
{
	AUTO_OUT o = new_out(path);
	const char *slash = strrchr(o->path, '/');
	o->name = slash ? slash + 1 : o->path;
	if (!o->name[0] || strcmp(o->name, ".") == 0 || strcmp(o->name, "..") == 0)
		return fail(d, KIND_USAGE, NULL, "the output \"%s\" names no file", path);
	if (open_folder(o, out_folder_path(o->mem, o->path), d) < 0)
		return -1;
	struct stat there;
	if (fstatat(o->folder, o->name, &there, 0) == 0 && !S_ISREG(there.st_mode))
		return fail(d, KIND_INPUT, "remove it, or name another output",
			"the output \"%s\" exists and is no regular file", path);
	o->fd = open_unnamed(o, mode, false);
	if (o->fd < 0) {
		const char *temp = out_temp_name(o->mem, o->name, "part");
		o->fd = open_named(o, temp, mode);
		if (o->fd < 0 && errno == EWOULDBLOCK)
			return fail(d, KIND_SYSTEM, "wait until it is done",
				"another program is writing \"%s\"", path);
		if (o->fd < 0)
			return fail_sys(d, errno, "cannot create \"%s\"", path);
		o->temp = temp;
	}
	*to = o;
	o = NULL;
	return 0;
}

int out_scratch(const char *folder, struct out **to, struct diags *d)
{
	AUTO_OUT o = new_out(arena_fmt(d->mem, "%s/(temporary file)", folder));
	if (open_folder(o, folder, d) < 0)
		return -1;
	o->fd = open_unnamed(o, 0600, true);
	if (o->fd < 0) {
		const char *temp = arena_fmt(o->mem, ".slipway-%ld-%p", (long)getpid(), (void *)o);
		o->fd = openat(
			o->folder, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (o->fd < 0)
			return fail_sys(
				d, errno, "cannot create a temporary file in \"%s\"", folder);
		(void)unlinkat(
			o->folder, temp, 0); /* one we just made; else it stays visible, no more */
	}
	*to = o;
	o = NULL;
	return 0;
}

void out_drop(struct out **to)
{
	struct out *o = *to;
	*to = NULL;
	if (!o)
		return;
	int keep = errno;
	if (o->temp)
		(void)unlinkat(
			o->folder, o->temp, 0); /* the next run takes it over if this fails */
	fd_drop(&o->fd);
	fd_drop(&o->direct);
	fd_drop(&o->folder);
	arena_free(o->mem);
	errno = keep;
}
