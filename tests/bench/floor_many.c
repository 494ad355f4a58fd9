/*
 * The least that many services cost, as PID 1 of a machine without a supervisor: for each a cgroup,
 * a process in new pid, mount and cgroup namespaces, the file systems that ours have, no
 * capability, exec of sleep. With ASKED=1 also what else the config of such a service asks of the
 * kernel: masked and read-only paths, links, a FIFO for what it prints, a log in memory, a seccomp
 * filter as long as that of the default profile. It prints on the kernel's log when it begins and
 * when all are there; the number is the variable SERVICES: the kernel makes variables of its
 * options (tests/bench/scale).
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static void say(const char *text)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(2);
	close(fd);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		say("bench: failed\n");
	close(fd);
}

static int fill_root(void)
{
	static const struct {
		const char *path;
		unsigned minor;
	} devices[] = { { "dev/null", 3 }, { "dev/zero", 5 }, { "dev/full", 7 },
		{ "dev/random", 8 }, { "dev/urandom", 9 } };

	umask(0);
	if (mount("proc", "proc", "proc", 0, NULL) != 0 ||
		mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755") != 0)
		return -1;
	for (int i = 0; i < 5; i++) {
		if (mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)) != 0)
			return -1;
	}
	return mkdir("dev/pts", 0755) != 0 ||
			       mount("devpts", "dev/pts", "devpts", MS_NOSUID, "newinstance") !=
				       0 ||
			       mount("sysfs", "sys", "sysfs", MS_RDONLY, NULL) != 0 ||
			       mount("cgroup", "sys/fs/cgroup", "cgroup2", MS_RDONLY, NULL) != 0
		       ? -1
		       : 0;
}

enum { FILTER = 423, LOG = 65792 }; /* instructions, bytes: as ours */

/* A call passes ten comparisons, as in a tree; what is behind them is only translated. */
static int set_filter(void)
{
	static struct sock_filter filter[FILTER];
	struct sock_fprog prog = { FILTER, filter };

	for (unsigned i = 1; i < FILTER; i++)
		filter[i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, 10000 + i, 0, 0);
	filter[0] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	filter[10] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 10000, 1, 0);
	filter[11] = filter[FILTER - 1] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

static int mask(void)
{
	static const char *const fixed[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys" };
	static const char *const files[] = { "proc/interrupts", "proc/keys", "proc/timer_list" };
	static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };

	for (int i = 0; i < 4; i++) {
		if (mount(fixed[i], fixed[i], NULL, MS_BIND | MS_REC, NULL) != 0 ||
			mount(NULL, fixed[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) != 0)
			return -1;
	}
	for (int i = 0; i < 3; i++) {
		if (mount("dev/null", files[i], NULL, MS_BIND, NULL) != 0)
			return -1;
	}
	for (int i = 0; i < 5; i++) {
		if (symlink(links[i][0], links[i][1]) != 0)
			return -1;
	}
	return mknod("dev/tty", S_IFCHR | 0666, makedev(5, 0)) != 0 ||
			       mount("masked", "proc/acpi", "tmpfs", MS_RDONLY, "size=4k") != 0 ||
			       mount("proc/acpi", "sys/firmware", NULL, MS_BIND, NULL) != 0
		       ? -1
		       : 0;
}

/* What its supervisor keeps of it; returns the end that it prints to. */
static int open_output(int i)
{
	char path[64];

	snprintf(path, sizeof(path), "/log%d", i);
	int log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (log < 0 || ftruncate(log, LOG) != 0)
		return -1;
	char *ring = mmap(NULL, LOG, PROT_READ | PROT_WRITE, MAP_SHARED, log, 0);
	close(log);
	snprintf(path, sizeof(path), "/out%d", i);
	if (ring == MAP_FAILED || mknod(path, S_IFIFO | 0600, 0) != 0)
		return -1;
	ring[0] = 1;
	return open(path, O_RDWR | O_CLOEXEC); /* and stays open */
}

static int service(int output)
{
	static const char *const words[] = { "/bin/sleep", "100000", NULL };
	static const char *const none[] = { NULL };
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { 0 };

	if (unshare(CLONE_NEWCGROUP) != 0 || setsid() < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("/root", "/root", NULL, MS_BIND, NULL) != 0 || chdir("/root") != 0 ||
		fill_root() != 0 || (output >= 0 && mask() != 0) ||
		syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
		chdir("/") != 0)
		return 3;
	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	if (syscall(SYS_capset, &head, caps) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 4;
	if (output >= 0 && (dup2(output, 1) < 0 || dup2(output, 2) < 0 || set_filter() != 0))
		return 5;
	execve(words[0], (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)none);
	return 6;
}

/* Returns when it has executed. */
static int start(int i, bool asked)
{
	struct clone_args a = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD };
	char path[64], byte;
	int ends[2], output = asked ? open_output(i) : -1;

	if (asked && output < 0)
		return -1;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/services/s%d", i);
	int fd = mkdir(path, 0755) != 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	a.cgroup = (unsigned)fd;
	long pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(service(output));
	close(fd);
	close(ends[1]);
	int r = pid < 0 || read(ends[0], &byte, 1) != 0 ? -1 : 0;
	close(ends[0]);
	return r;
}

/* The first lines of /proc/meminfo, as one: the kernel takes ten in five seconds. */
static void say_memory(void)
{
	char text[200] = "bench: ";
	int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text + 7, sizeof(text) - 8);

	for (ssize_t i = 7; i < 7 + n; i++)
		text[i] = text[i] == '\n' ? ' ' : text[i];
	say(text);
	close(fd);
}

int main(void)
{
	static const char controllers[] = "+memory +pids +io";
	const char *number = getenv("SERVICES");
	long n = number != NULL ? strtol(number, NULL, 10) : 0;
	int status;

	/* A root that pivot_root(2) can leave; that of an initrd it cannot. */
	if (mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0)
		return 6;
	say("bench: begin\n");
	put("/sys/fs/cgroup/cgroup.subtree_control", controllers);
	if (mkdir("/sys/fs/cgroup/services", 0755) != 0)
		say("bench: failed\n");
	put("/sys/fs/cgroup/services/cgroup.subtree_control", controllers);
	for (int i = 0; i < n; i++) {
		if (start(i, getenv("ASKED") != NULL) != 0)
			say("bench: failed\n");
	}
	say("bench: up\n");
	usleep(1000000);
	if (waitpid(-1, &status, WNOHANG) != 0)
		say("bench: failed\n");
	say_memory();
	say("bench: done\n");
	pause();
	return 0;
}
