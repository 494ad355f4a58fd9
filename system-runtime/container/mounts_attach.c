/*
 * Mounts, second half: inside the new root, each detached mount goes onto a target that was opened
 * below the root and is held by descriptor, so that nobody can exchange it between look and use.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#define RESOLVE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)

bool path_is(const char *path, const char *want)
{
	while (*path == '/')
		path++;
	while (*want == '/')
		want++;
	for (; *want != '\0' && *path == *want; path++, want++) {
		while (path[0] == '/' && path[1] == '/')
			path++;
	}
	while (*path == '/')
		path++;
	return *path == '\0' && *want == '\0';
}

/* Makes the folders of path that are missing; dir is the descriptor of what exists so far. */
static int make_folders(
	int root, char *path, uint64_t resolve, const char *what, struct rt_error *e)
{
	char *slash = path;
	AUTO_FD dir = sys_openat2(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0, resolve);

	while (dir >= 0 && *slash != '\0') {
		char *name = slash + strspn(slash, "/");
		slash = name + strcspn(name, "/");
		if (name == slash)
			break;
		char old = *slash;
		*slash = '\0';
		/* Each step resolves the whole prefix, so that links in it mean what they say. */
		int next = sys_openat2(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, resolve);
		if (next < 0 && errno == ENOENT) {
			if (mkdirat(dir, name, 0755) != 0 && errno != EEXIST)
				return rt_fail(
					e, errno, "%s: cannot make the folder %s", what, path);
			next = sys_openat2(
				root, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, resolve);
		}
		if (next < 0)
			return rt_fail(e, errno, "%s: cannot open the folder %s", what, path);
		*slash = old;
		close(dir);
		dir = next;
	}
	return fd_take(&dir);
}

int target_open(int root, const char *path, bool folder, uint64_t extra, const char *what,
	struct rt_error *e)
{
	char copy[PATH_MAX];
	uint64_t resolve = RESOLVE | extra;
	uint64_t flags = O_PATH | O_CLOEXEC | (folder ? O_DIRECTORY : 0);
	int fd = sys_openat2(root, path, flags, 0, resolve);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return rt_fail(e, errno, "%s: cannot open %s%s", what, path,
			errno == ELOOP ? " (a symbolic link is not taken here)" : "");
	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return rt_fail(e, ENAMETOOLONG, "%s: %s", what, path);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	if (folder)
		return make_folders(root, copy, resolve, what, e);
	char *base = strrchr(copy, '/');
	if (base == NULL || base[1] == '\0')
		return rt_fail(e, 0, "%s: %s names no file", what, path);
	*base = '\0';
	AUTO_FD dir = make_folders(root, copy, resolve, what, e);
	if (dir < 0)
		return -1;
	AUTO_FD file = openat(
		dir, base + 1, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);
	if (file < 0)
		return rt_fail(e, errno, "%s: cannot make the file %s to mount on", what, path);
	fd = sys_openat2(root, path, flags, 0, resolve);
	if (fd < 0)
		return rt_fail(e, errno, "%s: cannot open %s", what, path);
	return fd;
}

/* An image whose /proc or /sys is a link could move what later steps rely on (CVE-2019-16884). */
static bool wants_plain_target(const struct mount_spec *m)
{
	static const char *const types[] = { "proc", "sysfs", "cgroup", "cgroup2", "devpts",
		"mqueue" };

	for (size_t i = 0; m->from == MOUNT_FS && i < ARRAY_LEN(types); i++) {
		if (strcmp(m->type, types[i]) == 0)
			return true;
	}
	return path_is(m->destination, "/dev") || path_is(m->destination, "/proc") ||
	       path_is(m->destination, "/sys");
}

/* What a new mount goes onto, or the root of the one that is to be changed: never made. */
static int open_target(
	int root, const struct mount_spec *m, int mount, const char *what, struct rt_error *e)
{
	uint64_t extra = wants_plain_target(m) ? RESOLVE_NO_SYMLINKS : 0;
	struct stat st;

	if (m->from == MOUNT_REMOUNT) {
		int fd = sys_openat2(root, m->destination, O_PATH | O_CLOEXEC, 0, RESOLVE | extra);
		return fd < 0 ? rt_fail(e, errno, "%s: cannot open %s", what, m->destination) : fd;
	}
	if (fstat(mount, &st) != 0)
		return rt_fail(e, errno, "%s: cannot look at the source", what);
	return target_open(root, m->destination, S_ISDIR(st.st_mode), extra, what, e);
}

int mounts_attach(struct job *j, int root, struct rt_error *e)
{
	char what[32];

	for (size_t i = 0; i < j->spec->mounts.n; i++) {
		const struct mount_spec *m = &j->spec->mounts.v[i];
		snprintf(what, sizeof(what), "mounts[%zu]", i);
		AUTO_FD target = open_target(root, m, j->mount_fds[i], what, e);
		if (target < 0)
			return -1;
		if (m->from == MOUNT_REMOUNT) {
			if (mount_change(m, target, e) != 0)
				return rt_wrap(e, "%s", what);
			j->mount_fds[i] = fd_take(&target);
			continue;
		}
		if (m->copy_up && copy_up(root, m, j->mount_fds[i], e) != 0)
			return rt_wrap(e, "%s", what);
		if (mount_attach(j->mount_fds[i], target) != 0)
			return rt_fail(e, errno, "%s: cannot mount on %s", what, m->destination);
	}
	return 0;
}
