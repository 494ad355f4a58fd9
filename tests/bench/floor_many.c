/*
 * The least that many services cost, as PID 1 of a machine without a supervisor: for each a cgroup,
 * a process in new pid, mount and cgroup namespaces, the file systems that ours have, no
 * capability, exec of sleep. It prints on the kernel's log when it begins and when all are there;
 * the number is the variable SERVICES, which the kernel makes of an option (tests/bench/scale).
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
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

static int service(void)
{
	static const char *const words[] = { "/bin/sleep", "100000", NULL };
	static const char *const none[] = { NULL };
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { 0 };

	if (unshare(CLONE_NEWCGROUP) != 0 || setsid() < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("/root", "/root", NULL, MS_BIND, NULL) != 0 || chdir("/root") != 0 ||
		fill_root() != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
		umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return 3;
	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	if (syscall(SYS_capset, &head, caps) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 4;
	execve(words[0], (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)none);
	return 5;
}

/* Returns when it has executed. */
static int start(int i)
{
	struct clone_args a = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD };
	char path[64], byte;
	int ends[2];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/services/s%d", i);
	int fd = mkdir(path, 0755) != 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	a.cgroup = (unsigned)fd;
	long pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(service());
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
		if (start(i) != 0)
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
