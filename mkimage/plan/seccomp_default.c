/*
 * Slipway's default profile, as data. It means what the container engines' usual one means: all is
 * refused with EPERM but for what is named here. Left out for good: io_uring, keyrings,
 * userfaultfd, loading of modules and kernels, and what changes the machine. Names that an
 * architecture or an older libseccomp does not know are passed over.
 */
#include "mkimage/plan/seccomp.h"

#include <errno.h>
#include <string.h>

static const char *const files =
	"access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
	"faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat "
	"fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock "
	"fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 "
	"futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init "
	"inotify_init1 inotify_rm_watch ioctl listmount statmount lchown lchown32 lgetxattr link linkat listxattr "
	"listxattrat llistxattr lremovexattr lseek _llseek lsetxattr lstat lstat64 mkdir mkdirat mknod "
	"mknodat name_to_handle_at newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 "
	"pwritev pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename "
	"renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat splice stat stat64 statfs "
	"statfs64 statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask "
	"unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev";
static const char *const memory =
	"brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock "
	"mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc "
	"pkey_free pkey_mprotect remap_file_pages";
static const char *const processes =
	"arch_prctl capget capset execve execveat exit exit_group fork futex futex_requeue "
	"futex_time64 futex_wait futex_waitv futex_wake get_robust_list get_thread_area getcpu getegid "
	"getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid "
	"getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid "
	"gettid getuid getuid32 ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset "
	"landlock_restrict_self pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease rseq "
	"sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam "
	"sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity "
	"sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_robust_list "
	"set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 "
	"setgroups setgroups32 setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid "
	"setresuid32 setreuid setreuid32 setrlimit setsid setuid setuid32 sysinfo tgkill times tkill "
	"ugetrlimit uname uretprobe vfork wait4 waitid waitpid "
	/* Since Linux 4.8 a tracer cannot get around its tracee's filter. */
	"process_vm_readv process_vm_writev ptrace";
static const char *const signals_and_waiting =
	"epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
	"epoll_wait_old eventfd eventfd2 io_cancel io_destroy io_getevents io_pgetevents "
	"io_pgetevents_time64 io_setup io_submit pause poll ppoll ppoll_time64 pselect6 "
	"pselect6_time64 restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo "
	"rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo select "
	"_newselect sigaltstack signalfd signalfd4 sigprocmask sigreturn";
static const char *const clocks =
	"adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
	"clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer getrandom gettimeofday "
	"nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime "
	"timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
	"timerfd_gettime64 timerfd_settime timerfd_settime64";
static const char *const talk =
	"accept accept4 bind connect getpeername getsockname getsockopt ipc listen mq_getsetattr "
	"mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
	"mq_unlink msgctl msgget msgrcv msgsnd pipe pipe2 recv recvfrom recvmmsg recvmmsg_time64 "
	"recvmsg semctl semget semop semtimedop semtimedop_time64 send sendmmsg sendmsg sendto "
	"setsockopt shmat shmctl shmdt shmget shutdown socketcall socketpair";

#define CLONE_NAMESPACES UINT64_C(0x7e020000) /* all CLONE_NEW… that clone(2) takes */

/* One condition on the first argument; op NULL: none. */
struct part {
	const char *names;
	const char *arch;	    /* only there; NULL: everywhere */
	const char *with, *without; /* a capability that it needs, or must not have */
	const char *op;
	uint64_t value, value_two;
	unsigned errno_ret; /* 0: allowed */
};

static const struct part parts[] = {
	/* No AF_ALG (38: the kernel's cryptography) and no AF_VSOCK (40: past the network to the
	 * hypervisor). */
	{ .names = "socket", .op = "SCMP_CMP_LT", .value = 38 },
	{ .names = "socket", .op = "SCMP_CMP_EQ", .value = 39 },
	{ .names = "socket", .op = "SCMP_CMP_GT", .value = 40 },
	/* Linux, Linux32, UNAME26 and both, or asking. */
	{ .names = "personality", .op = "SCMP_CMP_EQ", .value = 0 },
	{ .names = "personality", .op = "SCMP_CMP_EQ", .value = 0x8 },
	{ .names = "personality", .op = "SCMP_CMP_EQ", .value = 0x20000 },
	{ .names = "personality", .op = "SCMP_CMP_EQ", .value = 0x20008 },
	{ .names = "personality", .op = "SCMP_CMP_EQ", .value = 0xffffffff },
	{ .names = "modify_ldt", .arch = "amd64" },
	{ .names = "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls "
		   "sync_file_range2",
		.arch = "arm64" },
	/* No new namespaces. Programs fall back from clone3, whose flags a filter cannot see. */
	{ .names = "clone",
		.without = "CAP_SYS_ADMIN",
		.op = "SCMP_CMP_MASKED_EQ",
		.value = CLONE_NAMESPACES },
	{ .names = "clone3", .without = "CAP_SYS_ADMIN", .errno_ret = ENOSYS },
	{ .names = "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick "
		   "lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl "
		   "quotactl_fd setdomainname sethostname setns syslog umount umount2 "
		   "unshare",
		.with = "CAP_SYS_ADMIN" },
	{ .names = "bpf", .with = "CAP_BPF" },
	{ .names = "perf_event_open", .with = "CAP_PERFMON" },
	{ .names = "open_by_handle_at", .with = "CAP_DAC_READ_SEARCH" },
	{ .names = "reboot", .with = "CAP_SYS_BOOT" },
	{ .names = "chroot", .with = "CAP_SYS_CHROOT" },
	{ .names = "delete_module finit_module init_module", .with = "CAP_SYS_MODULE" },
	{ .names = "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
		.with = "CAP_SYS_NICE" },
	{ .names = "acct", .with = "CAP_SYS_PACCT" },
	{ .names = "kcmp pidfd_getfd process_madvise", .with = "CAP_SYS_PTRACE" },
	{ .names = "ioperm iopl", .with = "CAP_SYS_RAWIO" },
	{ .names = "clock_settime clock_settime64 settimeofday stime", .with = "CAP_SYS_TIME" },
	{ .names = "vhangup", .with = "CAP_SYS_TTY_CONFIG" },
	{ .names = "syslog", .with = "CAP_SYSLOG" },
};

static bool has(const struct strings *l, const char *word)
{
	vec_each (const char *, s, l) {
		if (strcmp(*s, word) == 0)
			return true;
	}
	return false;
}

static void add_names(struct arena *a, const char *text, struct strings *out)
{
	for (size_t len; *text; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		vec_push(a, out, arena_strn(a, text, len));
	}
}

static void add_part(struct arena *a, const struct part *p, struct seccomp *out)
{
	struct seccomp_rule r = { .action = p->errno_ret ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW",
		.has_errno = p->errno_ret != 0,
		.errno_ret = p->errno_ret };
	add_names(a, p->names, &r.names);
	if (p->op) {
		r.args = ARENA_NEW(a, struct seccomp_arg);
		*r.args = (struct seccomp_arg){
			.value = p->value, .value_two = p->value_two, .op = p->op
		};
		r.args_len = 1;
	}
	vec_push(a, &out->rules, r);
}

/* Not x32: Debian's kernel has it switched off, ours has none of it. */
void seccomp_architectures(struct arena *a, const char *arch, struct strings *out)
{
	if (strcmp(arch, "amd64") == 0)
		add_names(a, "SCMP_ARCH_X86_64 SCMP_ARCH_X86", out);
	else if (strcmp(arch, "arm64") == 0)
		add_names(a, "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM", out);
}

void seccomp_default(struct arena *a, const struct seccomp_for *f, struct seccomp *out)
{
	const char *const always[] = { files, memory, processes, signals_and_waiting, clocks,
		talk };
	struct seccomp_rule r = { .action = "SCMP_ACT_ALLOW" };
	*out = (struct seccomp){ .default_action = "SCMP_ACT_ERRNO",
		.has_default_errno = true,
		.default_errno = EPERM };
	seccomp_architectures(a, f->arch, &out->architectures);
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		add_names(a, always[i], &r.names);
	vec_push(a, &out->rules, r);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const struct part *p = &parts[i];
		if ((!p->arch || strcmp(p->arch, f->arch) == 0) &&
			(!p->with || has(f->capabilities, p->with)) &&
			(!p->without || !has(f->capabilities, p->without)))
			add_part(a, p, out);
	}
}
