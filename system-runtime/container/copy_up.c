/* The mount option tmpcopyup: a tmpfs begins as a copy of what the image has at its place. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 32 };

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	char buf[8192];
	ssize_t n;
	AUTO_FD in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (in < 0 || out < 0)
		return -1;
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (write_all(out, buf, (size_t)n) != 0)
			return -1;
	}
	/* Owner first: a change of owner takes set-id bits away. */
	return n < 0 || fchown(out, st->st_uid, st->st_gid) != 0 ||
			       fchmod(out, st->st_mode & 07777) != 0
		       ? -1
		       : 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	if (symlinkat(target, to, name) != 0)
		return -1;
	return fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_folder(int from, int to, int depth);

static int copy_entry(int from, int to, const char *name, int depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st);
	if (!S_ISDIR(st.st_mode))
		return 0; /* devices and sockets of an image are nothing that a program expects */
	if (depth == 0) {
		errno = ELOOP;
		return -1;
	}
	if (mkdirat(to, name, 0700) != 0)
		return -1;
	AUTO_FD below = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD made = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0 || made < 0)
		return -1;
	return copy_folder(below, made, depth - 1);
}

/* What is in from, then its owner and mode. */
static int copy_folder(int from, int to, int depth)
{
	struct stat st;
	struct dirent *entry;
	AUTO_FD fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int r = 0;

	if (d == NULL || fstat(fd, &st) != 0)
		return -1;
	(void)fd_take(&fd); /* closedir closes it */
	while (r == 0 && (entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = copy_entry(from, to, entry->d_name, depth);
	}
	int sys = errno;
	closedir(d);
	errno = sys;
	return r != 0 || fchown(to, st.st_uid, st.st_gid) != 0 ||
			       fchmod(to, st.st_mode & 07777) != 0
		       ? -1
		       : 0;
}

int copy_up(int root, const struct mount_spec *m, int mount, struct rt_error *e)
{
	AUTO_FD from = sys_openat2(root, m->destination, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
		RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (from < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	AUTO_FD to = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0 || to < 0 || copy_folder(from, to, DEPTH_MAX) != 0)
		return rt_fail(e, errno, "tmpcopyup: cannot copy %s", m->destination);
	return 0;
}
