#include "mkimage/store/store_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int store_write_failed(struct store *s, int sys, const char *what, struct diags *d)
{
	const char *hint = NULL;
	struct statvfs fs;
	if ((sys == ENOSPC || sys == EDQUOT) && fstatvfs(s->dir, &fs) == 0)
		hint = arena_fmt(d->mem,
			"make room below \"%s\" (%llu MiB are free), or set SLIPWAY_STORE to a folder elsewhere",
			s->path, (unsigned long long)fs.f_bavail * fs.f_frsize >> 20);
	else if (sys == EFBIG)
		hint = "raise the limit on file sizes (ulimit -f)";
	return fail(d, KIND_SYSTEM, hint, "cannot write %s into the store \"%s\": %s", what,
		s->path, strerror(sys));
}

bool same_file(int dir, const char *name, int fd)
{
	struct stat there, mine;
	return fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &mine) == 0 &&
	       there.st_ino == mine.st_ino && there.st_dev == mine.st_dev;
}

int tmp_open(struct store *s, const char *kind, struct tmp_file *out, struct diags *d)
{
	static _Atomic unsigned long serial;
	struct tmp_file t = { .store = s, .dir = s->tmp };
	for (unsigned tries = 0; tries < 10000; tries++) {
		snprintf(t.name, sizeof(t.name), "%s%ld-%lu", kind, (long)getpid(), serial++);
		AUTO_FD fd = openat(
			s->tmp, t.name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd < 0 && errno == EEXIST)
			continue; /* another machine's or namespace's process of our number */
		if (fd < 0)
			return store_write_failed(s, errno, "a temporary file", d);
		/* A cleaner may have taken it for a dead one's before the lock was on it. */
		if (flock(fd, LOCK_EX | LOCK_NB) < 0 || !same_file(s->tmp, t.name, fd))
			continue;
		t.fd = fd_take(&fd);
		*out = t;
		return 0;
	}
	return fail(d, KIND_SYSTEM, NULL, "cannot find a free name in \"%s/tmp\"", s->path);
}

int tmp_commit(struct tmp_file *t, int dir, const char *name, struct diags *d)
{
	/* Without this a power cut can leave the name with other bytes behind it. */
	if (fsync(t->fd) < 0 && errno != EINVAL)
		return store_write_failed(t->store, errno, name, d);
	if (renameat(t->dir, t->name, dir, name) < 0)
		return store_write_failed(t->store, errno, name, d);
	fd_drop(&t->fd);
	return 0;
}

void tmp_drop(struct tmp_file *t)
{
	if (t->fd < 0)
		return;
	int keep = errno;
	(void)unlinkat(t->dir, t->name, 0); /* else the next tmp_clean does it */
	fd_drop(&t->fd);
	errno = keep;
}

static void clean_one(struct store *s, const char *name)
{
	AUTO_FD fd = openat(s->tmp, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && same_file(s->tmp, name, fd))
		(void)unlinkat(s->tmp, name, 0); /* litter that stays harms nobody */
}

void tmp_clean(struct store *s)
{
	int fd = openat(s->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		fd_drop(&fd);
		return;
	}
	for (struct dirent *e; (e = readdir(dir));)
		if (e->d_name[0] != '.')
			clean_one(s, e->d_name);
	closedir(dir);
}
