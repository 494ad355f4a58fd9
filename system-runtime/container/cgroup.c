#include "system-runtime/container/cgroup.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/mount_point.h"

#include <fcntl.h>
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>

const char *cgroup_mount(void)
{
	static char path[PATH_MAX];
	static const char usual[] = "/sys/fs/cgroup";
	struct statfs fs;

	if (path[0] != '\0')
		return path;
	/* The list of mounts costs more than any other file that is read. */
	if (statfs(usual, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
		return memcpy(path, usual, sizeof(usual));
	return mount_point("cgroup2 ", path, sizeof(path)) ? path : NULL;
}

static int full_path(char *out, size_t size, const char *path, const char *file)
{
	const char *mount = cgroup_mount();

	if (mount == NULL || path[0] == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (snprintf(out, size, "%s/%s%s%s", mount, path, file ? "/" : "", file ? file : "") >=
		(int)size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int cgroup_open(const char *path, const char *file, int flags)
{
	char full[PATH_MAX];

	if (full_path(full, sizeof(full), path, file) != 0)
		return -1;
	return openat(AT_FDCWD, full, flags | O_CLOEXEC);
}

static int check_path(const char *path, struct rt_error *e)
{
	if (strchr(path, ':') != NULL)
		return rt_fail(e, 0,
			"linux.cgroupsPath: \"%s\" is a systemd slice; use the cgroupfs "
			"manager of the engine",
			path);
	if (strstr(path, "..") != NULL || path[strspn(path, "/")] == '\0')
		return rt_fail(
			e, 0, "linux.cgroupsPath: \"%s\" names no cgroup below the root", path);
	return 0;
}

int cgroup_make(const char *path, int *fd, bool *made, struct rt_error *e)
{
	char full[PATH_MAX];

	*fd = -1;
	*made = false;
	if (check_path(path, e) != 0)
		return -1;
	if (cgroup_mount() == NULL)
		return 0;
	if (full_path(full, sizeof(full), path, NULL) != 0)
		return rt_fail(e, errno, "linux.cgroupsPath");
	*made = mkdir(full, 0755) == 0 || (errno == ENOENT && mkdirs(AT_FDCWD, full) == 0);
	int sys = *made ? 0 : errno; /* EROFS may be said of what is there */
	if (!*made && sys != EEXIST && access(full, F_OK) != 0)
		return rt_fail(e, sys, "cannot make the cgroup %s", full);
	*fd = openat(AT_FDCWD, full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return rt_fail(e, errno, "cannot open the cgroup %s", full);
	AUTO_FD events = *made ? -1 : openat(*fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (cgroup_populated(events) > 0) {
		fd_drop(fd);
		return rt_fail(
			e, EBUSY, "linux.cgroupsPath: the cgroup %s has processes already", full);
	}
	return 0;
}

bool cgroup_exists(const char *path)
{
	char full[PATH_MAX];

	return full_path(full, sizeof(full), path, NULL) == 0 && access(full, F_OK) == 0;
}

int cgroup_populated(int events)
{
	char buf[128];
	ssize_t n = events < 0 ? -1 : pread(events, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		return -1;
	buf[n] = '\0';
	char *p = strstr(buf, "populated ");
	return p != NULL && p[10] == '1';
}

bool cgroup_is_frozen(const char *path)
{
	char buf[8];
	AUTO_FD fd = path == NULL ? -1 : cgroup_open(path, "cgroup.freeze", O_RDONLY);

	return fd >= 0 && read(fd, buf, sizeof(buf)) > 0 && buf[0] == '1';
}

int cgroup_wait_empty(const char *path, int timeout_ms)
{
	AUTO_FD events = cgroup_open(path, "cgroup.events", O_RDONLY);
	struct pollfd p = { .fd = events, .events = POLLPRI };

	/* The file is polled for its change; each change is read again. */
	for (int i = 0; i < 64 && cgroup_populated(events) > 0; i++) {
		if (poll(&p, 1, timeout_ms) == 0)
			return 0;
	}
	return 1;
}

int cgroup_kill(const char *path, struct rt_error *e)
{
	AUTO_FD fd = cgroup_open(path, "cgroup.kill", O_WRONLY);

	if (fd < 0)
		return errno == ENOENT ? 0 : rt_fail(e, errno, "cannot kill the cgroup %s", path);
	if (write(fd, "1", 1) != 1 && errno != ENODEV)
		return rt_fail(e, errno, "cannot kill the cgroup %s", path);
	return 0;
}

/* Calls fn with each folder below full, deepest first, then with full itself. */
static void walk(char *full, size_t size, int depth, void (*fn)(const char *, void *), void *ctx)
{
	DIR *d = depth > 0 ? opendir(full) : NULL;
	size_t len = strlen(full);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(full + len, size - len, "/%s", entry->d_name) < (int)(size - len))
			walk(full, size, depth - 1, fn, ctx);
		full[len] = '\0';
	}
	if (d != NULL)
		closedir(d);
	fn(full, ctx);
}

enum { DEPTH_MAX = 32 };

static void remove_one(const char *full, void *ctx)
{
	if (rmdir(full) != 0 && errno != ENOENT)
		*(int *)ctx = errno;
}

bool cgroup_remove_empty(const char *path)
{
	char full[PATH_MAX];

	return full_path(full, sizeof(full), path, NULL) == 0 && rmdir(full) == 0;
}

int cgroup_remove(const char *path, struct rt_error *e)
{
	char full[PATH_MAX];
	int sys = 0;

	if (full_path(full, sizeof(full), path, NULL) != 0)
		return 0;
	walk(full, sizeof(full), DEPTH_MAX, remove_one, &sys);
	if (access(full, F_OK) != 0)
		return 0;
	return rt_fail(e, sys, "cannot remove the cgroup %s", full);
}

/* Calls fn with each process of the cgroup full. */
static void each_process(const char *full, void (*fn)(pid_t, void *), void *ctx)
{
	char path[PATH_MAX], *line = NULL;
	size_t cap = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", full);
	FILE *f = fopen(path, "re");
	while (f != NULL && getline(&line, &cap, f) > 0) {
		long pid = strtol(line, NULL, 10);
		if (pid > 0) /* 0: it is of no pid namespace that we see */
			fn((pid_t)pid, ctx);
	}
	free(line);
	if (f != NULL)
		fclose(f);
}

static void signal_process(pid_t pid, void *ctx)
{
	(void)kill(pid, *(int *)ctx); /* it may be gone: as good */
}

static void signal_one(const char *full, void *ctx)
{
	each_process(full, signal_process, ctx);
}

int cgroup_signal(const char *path, int sig, struct rt_error *e)
{
	char full[PATH_MAX];

	if (sig == SIGKILL)
		return cgroup_kill(path, e);
	if (full_path(full, sizeof(full), path, NULL) != 0)
		return rt_fail(e, errno, "cannot find the cgroup of the container");
	walk(full, sizeof(full), DEPTH_MAX, signal_one, &sig);
	return 0;
}

struct pid_list {
	pid_t *v;
	size_t size, n;
};

static void list_process(pid_t pid, void *ctx)
{
	struct pid_list *l = ctx;

	if (l->n < l->size)
		l->v[l->n++] = pid;
}

static void list_one(const char *full, void *ctx)
{
	each_process(full, list_process, ctx);
}

int cgroup_pids(const char *path, pid_t *pids, size_t size, size_t *n)
{
	struct pid_list l = { .v = pids, .size = size };
	char full[PATH_MAX];

	if (full_path(full, sizeof(full), path, NULL) != 0)
		return -1;
	walk(full, sizeof(full), DEPTH_MAX, list_one, &l);
	*n = l.n;
	return 0;
}
