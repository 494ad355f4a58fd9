#include "system-runtime/state/state.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/cgroup.h"

#include <fcntl.h>
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

/* Only a delete whose processes do not die holds a lock for longer, or who was stopped himself. */
enum { LOCK_TIMEOUT_S = 10 };

enum { PIDFS_MAGIC = 0x50494446 }; /* linux/magic.h since 6.9 */

int state_check_id(const char *id, struct rt_error *e)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-";
	size_t n = strlen(id);

	if (n == 0 || n > 200 || strchr(first, id[0]) == NULL || strspn(id + 1, first) + 1 < n) {
		/* A dot is fine after the first letter. */
		for (size_t i = 0; i < n; i++) {
			if (strchr(first, id[i]) == NULL && (i == 0 || id[i] != '.'))
				n = 0;
		}
		if (n == 0 || n > 200)
			return rt_fail(e, 0,
				"container id \"%.200s\": only letters, digits and _ + - . "
				"are taken, at most 200, and no dot in front",
				id);
	}
	return 0;
}

int state_root_open(const char *root, bool make)
{
	int fd = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT || !make || mkdirs(AT_FDCWD, root) != 0)
		return fd;
	return openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int state_claim(const char *root, const char *id, int *dir, struct rt_error *e)
{
	AUTO_FD top = -1;

	if (state_check_id(id, e) != 0)
		return -1;
	top = state_root_open(root, true);
	if (top < 0)
		return rt_fail(e, errno, "cannot make %s", root);
	if (mkdirat(top, id, 0700) != 0) {
		if (errno == EEXIST)
			return rt_fail(e, 0, "container with id \"%s\" already exists", id);
		return rt_fail(e, errno, "cannot make %s/%s", root, id);
	}
	AUTO_FD fd = openat(top, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		return rt_fail(e, errno, "cannot lock %s/%s", root, id);
	*dir = fd_take(&fd);
	return 0;
}

/* EWOULDBLOCK: still another's after seconds. flock(2) knows no timeout. */
static int lock_soon(int dir, int seconds)
{
	struct timespec nap = { .tv_nsec = 1000000 }, start, now;

	(void)clock_gettime(CLOCK_MONOTONIC, &start); /* fails for no clock that exists */
	while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EINTR && errno != EWOULDBLOCK)
			return -1;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec > seconds) {
			errno = EWOULDBLOCK;
			return -1;
		}
		(void)nanosleep(&nap, NULL); /* too short is fine */
		nap.tv_nsec += nap.tv_nsec < 20000000 ? nap.tv_nsec : 0;
	}
	return 0;
}

static bool is_there(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_nlink > 0;
}

bool state_lock(int dir)
{
	int r;

	do {
		r = flock(dir, LOCK_EX);
	} while (r != 0 && errno == EINTR);
	return r == 0 && is_there(dir);
}

int state_open(const char *root, const char *id, int *dir, struct rt_error *e)
{
	AUTO_FD top = -1;

	if (state_check_id(id, e) != 0)
		return -1;
	top = state_root_open(root, false);
	AUTO_FD fd = top < 0 ? -1
			     : openat(top, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return rt_fail(e, ENOENT, "container \"%s\" does not exist", id);
	if (fd < 0)
		return rt_fail(e, errno, "cannot open %s/%s", root, id);
	if (lock_soon(fd, LOCK_TIMEOUT_S) != 0)
		return rt_fail(
			e, errno, "container \"%s\" is busy: another command holds its lock", id);
	if (!is_there(fd))
		return rt_fail(e, ENOENT, "container \"%s\" does not exist", id);
	*dir = fd_take(&fd);
	return 0;
}

int state_forget(const char *root, const char *id, int dir, struct rt_error *e)
{
	static const char *const names[] = { "state.json", "seccomp", STATE_WAITING };
	AUTO_FD top = state_root_open(root, false);
	struct dirent *entry;

	/* Reading the folder, which mostly has these alone, takes longer than all of them. */
	for (size_t i = 0; i < ARRAY_LEN(names) && top >= 0; i++) {
		if ((unlinkat(dir, names[i], 0) == 0 || i == 0) &&
			unlinkat(top, id, AT_REMOVEDIR) == 0)
			return 0;
	}
	AUTO_FD copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = top < 0 || copy < 0 ? NULL : fdopendir(copy);
	if (d == NULL)
		return rt_fail(e, errno, "cannot open the state of \"%s\"", id);
	(void)fd_take(&copy); /* closedir closes it */
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dir, entry->d_name, 0); /* the rmdir below tells */
	}
	closedir(d);
	if (unlinkat(top, id, AT_REMOVEDIR) != 0)
		return rt_fail(e, errno, "cannot remove the state of \"%s\"", id);
	return 0;
}

void state_identify(struct state *s, pid_t pid, int pidfd)
{
	struct statfs fs;
	struct stat st;

	s->pid = (struct opt_int){ .v = pid, .set = true };
	/* Before 6.9 all pidfds share one inode, of another filesystem. */
	if (fstatfs(pidfd, &fs) == 0 && fs.f_type == PIDFS_MAGIC && fstat(pidfd, &st) == 0)
		s->pidfd_inode = st.st_ino;
	else
		s->start_time = process_start_time(pid);
}

/* The pid cannot change hands while the pidfd is open. One that has ended is nobody. */
static bool is_first_process(const struct state *s, int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	struct stat st;

	if (s->pidfd_inode == 0)
		return s->start_time != 0 && process_start_time((pid_t)s->pid.v) == s->start_time;
	return fstat(pidfd, &st) == 0 && st.st_ino == s->pidfd_inode && poll(&p, 1, 0) == 0;
}

int state_pidfd(const struct state *s)
{
	errno = ESRCH;
	if (!s->pid.set || s->pid.v <= 0)
		return -1;
	AUTO_FD fd = sys_pidfd_open((pid_t)s->pid.v);
	if (fd < 0 || !is_first_process(s, fd)) {
		errno = ESRCH;
		return -1;
	}
	return fd_take(&fd);
}

static bool is_waiting(int dir)
{
	AUTO_FD fd = openat(dir, STATE_WAITING, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? errno != ENOENT : flock(fd, LOCK_SH | LOCK_NB) != 0;
}

enum status state_status(int dir, const struct state *s)
{
	if (!s->pid.set)
		return STATUS_CREATING;
	AUTO_FD fd = state_pidfd(s);
	if (fd < 0)
		return STATUS_STOPPED;
	if (is_waiting(dir))
		return STATUS_CREATED;
	return cgroup_is_frozen(s->cgroup) ? STATUS_PAUSED : STATUS_RUNNING;
}
