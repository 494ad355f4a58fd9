#include "system-runtime/common/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

pid_t sys_clone3(const struct sys_clone *args, int *pidfd)
{
	int fd = -1;
	struct clone_args a = { .flags = args->flags, .exit_signal = SIGCHLD };

	/* With CLONE_PARENT the exit signal is the parent's; the kernel refuses another. */
	if (args->flags & CLONE_PARENT)
		a.exit_signal = 0;
	if (args->cgroup >= 0) {
		a.flags |= CLONE_INTO_CGROUP;
		a.cgroup = (uint64_t)args->cgroup;
	}
	if (pidfd != NULL) {
		a.flags |= CLONE_PIDFD;
		a.pidfd = (uint64_t)(uintptr_t)&fd;
	}
	long pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid > 0 && pidfd != NULL)
		*pidfd = fd;
	return (pid_t)pid;
}

int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };
	long fd;

	/* EAGAIN: somebody renames below the root meanwhile (openat2(2)); bounded, so that a
	 * hostile renamer gets an error and not an endless loop. */
	for (int i = 0; i < 128; i++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC);
}

int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

int sys_fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags | FSOPEN_CLOEXEC);
}

int sys_fsconfig(int fd, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

int sys_fsmount(int fd, unsigned flags, unsigned attrs)
{
	return (int)syscall(SYS_fsmount, fd, flags | FSMOUNT_CLOEXEC, attrs);
}

int sys_mount_setattr(int dir, const char *path, unsigned flags, const struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr));
}

int sys_umount(const char *path, int flags)
{
	return (int)syscall(SYS_umount2, path, flags);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sys_pidfd_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

int sys_cloexec_from(unsigned first)
{
	return (int)syscall(SYS_close_range, first, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */);
}

int mount_fd_attr(int fd, uint64_t set, uint64_t clear, bool recursive)
{
	struct mount_attr a = { .attr_set = set, .attr_clr = clear };

	/* Another access-time rule replaces the old one only when all its bits are cleared. */
	if ((set | clear) & MOUNT_ATTR__ATIME)
		a.attr_clr |= MOUNT_ATTR__ATIME;
	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &a);
}

int mount_fd_propagation(int fd, uint64_t propagation, bool recursive)
{
	struct mount_attr a = { .propagation = propagation };

	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &a);
}

int mount_attach(int fd, int target)
{
	return sys_move_mount(
		fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}
