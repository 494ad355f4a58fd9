/*
 * System calls that musl 1.2.3 does not wrap. Each returns what the kernel does: -1 and errno on
 * failure. See the man pages of the same names (section 2).
 */
#ifndef RT_COMMON_SYS_H
#define RT_COMMON_SYS_H

#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* linux/fcntl.h clashes with fcntl.h; these are its values. */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

struct sys_clone {
	uint64_t flags; /* CLONE_*, without the exit signal, which is SIGCHLD */
	int cgroup;	/* a cgroup2 folder for CLONE_INTO_CGROUP, or negative */
};

/* As fork: 0 in the child. *pidfd is written in the parent when not NULL. */
pid_t sys_clone3(const struct sys_clone *args, int *pidfd);
/*
 * As vfork: the child runs fn(arg), which must not return, in this process's memory and on its
 * stack, and this returns when the child has executed a program or has ended. What else fn changes
 * in memory stays changed; descriptors, folders and signal handlers are the child's own.
 */
pid_t sys_clone3_shared(const struct sys_clone *args, int *pidfd, void (*fn)(void *), void *arg);
/*
 * A thread on the given stack, aligned to 16, that runs fn(arg), which must end it by SYS_exit; as
 * it has no parent, nobody is told. It shares errno, so only one of the two may rely on that.
 */
int sys_thread(void *stack, size_t size, void (*fn)(void *), void *arg);
int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sys_open_tree(int dir, const char *path, unsigned flags);
int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);
int sys_fsopen(const char *type, unsigned flags);
/* Of the filesystem of the mount that fd is the root of. */
int sys_fspick(int fd);
int sys_fsconfig(int fd, unsigned cmd, const char *key, const void *value, int aux);
int sys_fsmount(int fd, unsigned flags, unsigned attrs);
int sys_mount_setattr(int dir, const char *path, unsigned flags, const struct mount_attr *attr);
int sys_umount(const char *path, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_pidfd_open(pid_t pid);
int sys_pidfd_signal(int pidfd, int sig);
/* Marks every descriptor from first on close-on-exec. */
int sys_cloexec_from(unsigned first);

/* attr_set/attr_clr on the mount that fd is the root of; recursive when asked. */
int mount_fd_attr(int fd, uint64_t set, uint64_t clear, bool recursive);
int mount_fd_propagation(int fd, uint64_t propagation, bool recursive);
/* Attaches the detached mount fd on the object that target is. */
int mount_attach(int fd, int target);

#endif
