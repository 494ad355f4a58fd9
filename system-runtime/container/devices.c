/* Default devices and links (runtime spec, config-linux.md "Default Devices"), and the config's. */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct node {
	const char *path;
	unsigned major, minor;
};

/* In the order of job.device_fds. */
static const struct node defaults[DEFAULT_DEVICES] = {
	{ "/dev/null", 1, 3 },
	{ "/dev/zero", 1, 5 },
	{ "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 },
	{ "/dev/tty", 5, 0 },
};

static const char *const links[][2] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

/* A bind on /dev is somebody else's: nothing is made in it. */
static bool dev_is_foreign(const struct spec *s, bool *mounted)
{
	bool foreign = false;

	*mounted = false;
	for (size_t i = 0; i < s->mounts.n; i++) {
		if (s->mounts.v[i].from != MOUNT_REMOUNT &&
			path_is(s->mounts.v[i].destination, "/dev")) {
			foreign = s->mounts.v[i].from == MOUNT_BIND;
			*mounted = true;
		}
	}
	return foreign;
}

/* Opens the folder that path lies in (made when missing) and points *name at the last part. */
static int open_parent(int root, const char *path, const char **name, struct rt_error *e)
{
	char copy[PATH_MAX];
	const char *base = strrchr(path, '/');

	if (base == NULL || base[1] == '\0' || strcmp(base + 1, "..") == 0 ||
		strcmp(base + 1, ".") == 0 || (size_t)(base - path) >= sizeof(copy))
		return rt_fail(e, 0, "linux.devices: %s names no file", path);
	snprintf(copy, sizeof(copy), "%.*s/", (int)(base - path), path);
	*name = base + 1;
	/* /dev behind a link would put devices where the image wants them (CVE-2026-41579). */
	return target_open(root, copy, true, RESOLVE_NO_SYMLINKS, "linux.devices", e);
}

static int bind_device(int fd, int dir, const char *name)
{
	AUTO_FD made = openat(dir, name, O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0666);

	if (made < 0)
		return -1;
	AUTO_FD target = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return target < 0 ? -1 : mount_attach(fd, target);
}

/* dir/name; path is for errors. */
static int make_device(struct job *j, size_t i, int dir, const char *name, const char *path,
	mode_t mode, dev_t dev, struct rt_error *e)
{
	struct stat st;

	if (j->user_ns) {
		if (bind_device(j->device_fds[i], dir, name) != 0)
			return rt_fail(e, errno, "cannot bind the device %s", path);
		return 0;
	}
	if (mknodat(dir, name, mode, dev) != 0) {
		int sys = errno;
		/* An image or a read-only root may have the very device already. */
		if ((sys == EEXIST || sys == EROFS) &&
			fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			(st.st_mode & S_IFMT) == (mode & S_IFMT) && st.st_rdev == dev)
			return 0;
		return rt_fail(e, sys, "cannot make the device %s", path);
	}
	return 1;
}

static mode_t device_type(const char *type)
{
	return type[0] == 'b' ? S_IFBLK : type[0] == 'p' ? S_IFIFO : S_IFCHR;
}

/* One of the config's. */
static int make_listed(
	struct job *j, int root, size_t i, const struct device_spec *d, struct rt_error *e)
{
	mode_t mode = device_type(d->type) |
		      (d->fileMode.set ? (mode_t)d->fileMode.v & 07777 : 0666);
	dev_t dev = d->type[0] == 'p' ? 0 : makedev((unsigned)d->major.v, (unsigned)d->minor.v);
	const char *name;
	AUTO_FD dir = open_parent(root, d->path, &name, e);

	if (dir < 0)
		return -1;
	int r = make_device(j, DEFAULT_DEVICES + i, dir, name, d->path, mode, dev, e);
	if (r > 0 && (d->uid != 0 || d->gid != 0) &&
		fchownat(dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) != 0)
		return rt_fail(e, errno, "cannot give the device %s away", d->path);
	return r < 0 ? -1 : 0;
}

static int make_links(int dev, struct rt_error *e)
{
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		if (symlinkat(links[i][1], dev, links[i][0]) != 0 && errno != EEXIST)
			return rt_fail(e, errno, "cannot make the link /dev/%s", links[i][0]);
	}
	return 0;
}

int devices_create(struct job *j, int root, struct rt_error *e)
{
	const struct spec *s = j->spec;
	bool mounted;

	if (dev_is_foreign(s, &mounted))
		return 0;
	/* /dev behind a link would put devices where the image wants them (CVE-2026-41579). */
	AUTO_FD dir = target_open(root, "/dev/", true, RESOLVE_NO_SYMLINKS, "/dev", e);
	int r = dir < 0 ? -1 : 0;
	for (size_t i = 0; i < DEFAULT_DEVICES && r >= 0; i++) {
		const struct node *n = &defaults[i];
		r = make_device(j, i, dir, n->path + sizeof("/dev/") - 1, n->path, S_IFCHR | 0666,
			makedev(n->major, n->minor), e);
	}
	/* Without a /dev of its own a read-only image has what it has. */
	if (r < 0)
		return !mounted && e->sys == EROFS ? 0 : -1;
	for (size_t i = 0; i < s->linux_->devices.n; i++) {
		if (make_listed(j, root, i, &s->linux_->devices.v[i], e) != 0)
			return rt_wrap(e, "linux.devices[%zu]", i);
	}
	return make_links(dir, e);
}
