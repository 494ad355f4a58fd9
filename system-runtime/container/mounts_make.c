/*
 * Mounts, first half: in the host's view, every mount of the config becomes a detached mount that
 * only a descriptor knows. Sources are the config author's words, so ordinary paths of the host.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A filesystem context's own words about what it refused, instead of a bare errno. */
static int fs_fail(int fs, struct rt_error *e, const char *type, const char *what)
{
	char log[160];
	int sys = errno;
	ssize_t n = read(fs, log, sizeof(log) - 1);

	if (n > 2) {
		log[n] = '\0';
		log[strcspn(log, "\n")] = '\0';
		return rt_fail(e, sys, "%s: %s (%s)", type, what, log + 2);
	}
	return rt_fail(e, sys, "%s: %s", type, what);
}

static int set_option(int fs, const char *option)
{
	char key[64];
	const char *eq = strchr(option, '=');

	if (eq == NULL)
		return sys_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0);
	if ((size_t)(eq - option) >= sizeof(key)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(key, sizeof(key), "%.*s", (int)(eq - option), option);
	return sys_fsconfig(fs, FSCONFIG_SET_STRING, key, eq + 1, 0);
}

int fs_configure(int fs, const char *name, const char *source, const struct strv *data,
	unsigned command, struct rt_error *e)
{
	char what[96];

	if (source != NULL && source[0] != '\0' &&
		sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) != 0)
		return fs_fail(fs, e, name, "cannot set the source");
	for (size_t i = 0; data != NULL && i < data->n; i++) {
		snprintf(what, sizeof(what), "option \"%.64s\" is refused", data->v[i]);
		if (set_option(fs, data->v[i]) != 0)
			return fs_fail(fs, e, name, what);
	}
	if (sys_fsconfig(fs, command, NULL, NULL, 0) == 0)
		return 0;
	return fs_fail(fs, e, name,
		command == FSCONFIG_CMD_CREATE ? "cannot make the filesystem"
					       : "cannot change the filesystem");
}

static int make_fs(const char *type, const char *source, const struct strv *data, uint64_t attrs,
	const char *label, struct rt_error *e)
{
	AUTO_FD fs = sys_fsopen(type, 0);

	if (fs < 0)
		return errno == EPERM && strcmp(type, "sysfs") == 0
			       ? rt_fail(e, EPERM,
					 "sysfs: a new user namespace needs a new network namespace too")
			       : rt_fail(e, errno, "%s: cannot open the filesystem's type", type);
	if (label != NULL && label[0] != '\0' &&
		sys_fsconfig(fs, FSCONFIG_SET_STRING, "context", label, 0) != 0)
		return fs_fail(fs, e, type, "the label of linux.mountLabel is refused");
	if (fs_configure(fs, type, source, data, FSCONFIG_CMD_CREATE, e) != 0)
		return -1;
	int fd = sys_fsmount(fs, 0, (unsigned)attrs);
	if (fd < 0)
		return fs_fail(fs, e, type, "cannot make the mount");
	return fd;
}

int bind_make(const struct job *j, const struct mount_spec *m, struct rt_error *e)
{
	unsigned rec = m->recursive ? AT_RECURSIVE : 0;
	AUTO_FD fd = sys_open_tree(j->bundle, m->source, OPEN_TREE_CLONE | rec);

	if (fd < 0)
		return rt_fail(e, errno, "cannot take %s", m->source);
	if ((m->attr_set | m->attr_clear) &&
		mount_fd_attr(fd, m->attr_set, m->attr_clear, false) != 0)
		return rt_fail(e, errno, "cannot set the options of the bind of %s", m->source);
	if ((m->rec_attr_set | m->rec_attr_clear) &&
		mount_fd_attr(fd, m->rec_attr_set, m->rec_attr_clear, true) != 0)
		return rt_fail(
			e, errno, "cannot set the recursive options of the bind of %s", m->source);
	/* Without a word about it the host's later mounts show up, but nothing travels back. */
	uint64_t propagation = m->propagation ? m->propagation : MS_SLAVE;
	bool recursive = m->propagation ? m->propagation_recursive : true;
	if (mount_fd_propagation(fd, propagation, recursive) != 0)
		return rt_fail(e, errno, "cannot set the propagation of the bind of %s", m->source);
	return fd_take(&fd);
}

/* The kernel's own filesystems have labels of their own. */
static bool takes_label(const char *type)
{
	return strcmp(type, "proc") != 0 && strcmp(type, "sysfs") != 0 &&
	       strcmp(type, "cgroup2") != 0 && strcmp(type, "mqueue") != 0;
}

static int make_one(const struct job *j, const struct mount_spec *m, struct rt_error *e)
{
	const char *type = m->type;

	if (m->from == MOUNT_BIND)
		return bind_make(j, m, e);
	if (strcmp(type, "cgroup") == 0)
		type = "cgroup2";
	/* Read-only comes last (rootfs_finish): devices and mount points are made in it first. */
	int fd = make_fs(type, m->source, &m->data, m->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY,
		takes_label(type) ? label_of_mounts(j->spec->linux_->mountLabel) : NULL, e);
	if (fd >= 0 && m->propagation != 0 &&
		mount_fd_propagation(fd, m->propagation, false) != 0) {
		close(fd);
		return rt_fail(e, errno, "%s: cannot set the propagation", type);
	}
	return fd;
}

/* What hides a masked file must really be the null device (CVE-2025-31133). */
static int make_null(struct rt_error *e)
{
	struct stat st;
	AUTO_FD fd = sys_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE);

	if (fd < 0 || fstat(fd, &st) != 0)
		return rt_fail(e, errno, "cannot take /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return rt_fail(e, 0, "/dev/null of the host is not the null device");
	if (mount_fd_propagation(fd, MS_PRIVATE, false) != 0)
		return rt_fail(e, errno, "cannot make the null device private");
	return fd_take(&fd);
}

static int make_helpers(struct job *j, struct rt_error *e)
{
	static const char *const data[] = { "size=4k", "mode=555", NULL };
	const struct strv options = { (const char **)(uintptr_t)data, 2 };
	const struct linux_spec *l = j->spec->linux_;

	if (l->maskedPaths.n > 0) {
		j->null_fd = make_null(e);
		if (j->null_fd < 0)
			return -1;
		j->empty_fd = make_fs("tmpfs", "masked", &options, MOUNT_ATTR_RDONLY,
			label_of_mounts(l->mountLabel), e);
		if (j->empty_fd < 0)
			return -1;
	}
	if (l->sysctl.n > 0) {
		j->proc_fd = make_fs("proc", NULL, NULL, 0, NULL, e);
		if (j->proc_fd < 0)
			return rt_wrap(e, "linux.sysctl");
	}
	return 0;
}

static const char *const host_devices[DEFAULT_DEVICES] = { "/dev/null", "/dev/zero", "/dev/full",
	"/dev/random", "/dev/urandom", "/dev/tty" };

/* In a user namespace nobody can make devices: the host's are bound instead. */
static int take_devices(struct job *j, struct rt_error *e)
{
	const struct linux_spec *l = j->spec->linux_;

	for (size_t i = 0; i < DEFAULT_DEVICES + l->devices.n; i++) {
		const char *path = i < DEFAULT_DEVICES ? host_devices[i]
						       : l->devices.v[i - DEFAULT_DEVICES].path;
		j->device_fds[i] = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE);
		if (j->device_fds[i] < 0)
			return rt_fail(e, errno, "cannot take %s of the host", path);
	}
	return 0;
}

int mounts_make(struct job *j, struct rt_error *e)
{
	j->bundle = openat(AT_FDCWD, j->bundle_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	j->rootfs = openat(AT_FDCWD, j->rootfs_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (j->bundle < 0 || j->rootfs < 0)
		return rt_fail(e, errno, "cannot open the bundle %s", j->bundle_path);
	for (size_t i = 0; i < j->spec->mounts.n; i++) {
		if (j->mount_fds[i] >= 0 || j->spec->mounts.v[i].from == MOUNT_REMOUNT)
			continue; /* made by the creator, or there when its turn comes */
		j->mount_fds[i] = make_one(j, &j->spec->mounts.v[i], e);
		if (j->mount_fds[i] < 0)
			return rt_wrap(e, "mounts[%zu]", i);
	}
	if (j->user_ns && take_devices(j, e) != 0)
		return -1;
	return make_helpers(j, e);
}
