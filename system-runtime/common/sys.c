#include "system-runtime/common/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

/* *fd gets the pidfd when it is not NULL. */
static struct clone_args clone_args(const struct sys_clone *args, int *fd)
{
	struct clone_args a = { .flags = args->flags, .exit_signal = SIGCHLD };

	/* With CLONE_PARENT the exit signal is the parent's; the kernel refuses another. */
	if (args->flags & CLONE_PARENT)
		a.exit_signal = 0;
	if (args->cgroup >= 0) {
		a.flags |= CLONE_INTO_CGROUP;
		a.cgroup = (uint64_t)args->cgroup;
	}
	if (fd != NULL) {
		a.flags |= CLONE_PIDFD;
		a.pidfd = (uint64_t)(uintptr_t)fd;
	}
	return a;
}

pid_t sys_clone3(const struct sys_clone *args, int *pidfd)
{
	int fd = -1;
	struct clone_args a = clone_args(args, pidfd != NULL ? &fd : NULL);
	long pid = syscall(SYS_clone3, &a, sizeof(a));

	if (pid > 0 && pidfd != NULL)
		*pidfd = fd;
	return (pid_t)pid;
}

/* The child returns from the call with the parent's stack pointer; it goes on well below it (and
 * below the 128 bytes that the parent may use there), so that the parent finds its frames as they
 * were. */
static long clone_shared(struct clone_args *a, void (*fn)(void *), void *arg)
{
#if defined(__x86_64__)
	long r;
	register void (*f)(void *) __asm__("r8") = fn;
	register void *x __asm__("r9") = arg;
	__asm__ volatile("syscall\n\ttest %%rax,%%rax\n\tjnz 1f\n\txor %%ebp,%%ebp\n"
			 "\tlea -512(%%rsp),%%rsp\n\tand $-16,%%rsp\n"
			 "\tmov %%r9,%%rdi\n\tcall *%%r8\n\thlt\n1:"
			 : "=a"(r)
			 : "a"((long)SYS_clone3), "D"(a), "S"(sizeof(*a)), "r"(f), "r"(x)
			 : "rcx", "r11", "memory");
	return r;
#elif defined(__aarch64__)
	register long r __asm__("x0") = (long)a;
	register long size __asm__("x1") = sizeof(*a);
	register void (*f)(void *) __asm__("x2") = fn;
	register void *x __asm__("x3") = arg;
	register long nr __asm__("x8") = SYS_clone3;
	__asm__ volatile("svc #0\n\tcbnz x0,1f\n\tmov x29,#0\n\tsub sp,sp,#512\n"
			 "\tmov x0,x3\n\tblr x2\n\tbrk #1\n1:"
			 : "+r"(r)
			 : "r"(size), "r"(f), "r"(x), "r"(nr)
			 : "memory");
	return r;
#else
#error "no clone for this architecture"
#endif
}

pid_t sys_clone3_shared(const struct sys_clone *args, int *pidfd, void (*fn)(void *), void *arg)
{
	int fd = -1;
	struct clone_args a = clone_args(args, &fd);

	a.flags |= CLONE_VM | CLONE_VFORK;
	long pid = clone_shared(&a, fn, arg);
	if (pid < 0) {
		errno = (int)-pid;
		return -1;
	}
	*pidfd = fd;
	return (pid_t)pid;
}

int sys_thread(void *stack, size_t size, void (*fn)(void *), void *arg)
{
	struct clone_args a = { .flags = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = size };
	long r = clone_shared(&a, fn, arg);

	if (r >= 0)
		return 0;
	errno = (int)-r;
	return -1;
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

int sys_fspick(int fd)
{
	return (int)syscall(SYS_fspick, fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
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
