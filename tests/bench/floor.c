/*
 * The least that a container costs: clone into the namespaces, pivot_root,
 * exec, wait: floor ROOT net|host PROGRAM. With the word "work" behind it, also
 * the least that the config of tests/bench/runtimes asks of the kernel: a
 * cgroup, proc, a tmpfs with the default devices and links, a session, no
 * capability. And a stopwatch that costs little itself: floor measure PROGRAM
 * WORDS... prints microseconds and peak KiB.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static int measure(char **words)
{
	struct timespec a, b;
	struct rusage use;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &a);
	pid_t pid = fork();
	if (pid == 0) {
		execv(words[0], words);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) < 0)
		return 5;
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%lld %ld\n", (b.tv_sec - a.tv_sec) * 1000000LL + (b.tv_nsec - a.tv_nsec) / 1000,
		use.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
}

static const char cgroup[] = "/sys/fs/cgroup/floor";

/* In the root that is entered next. */
static int fill_root(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} devices[] = { { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
		{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };
	static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };

	umask(0);
	if (mount("proc", "proc", "proc", 0, NULL) != 0 ||
		mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64k") != 0)
		return -1;
	for (int i = 0; i < 6; i++) {
		if (mknod(devices[i].path, S_IFCHR | 0666,
			    makedev(devices[i].major, devices[i].minor)) != 0)
			return -1;
	}
	for (int i = 0; i < 5; i++) {
		if (symlink(links[i][0], links[i][1]) != 0)
			return -1;
	}
	return 0;
}

static int confine(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	return unshare(CLONE_NEWCGROUP) != 0 || setsid() < 0 ||
			       syscall(SYS_keyctl, 1 /* a session keyring of its own */, NULL) <
				       0 ||
			       syscall(SYS_capset, &head, none) != 0
		       ? -1
		       : prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main(int argc, char **argv)
{
	bool work = argc == 5 && strcmp(argv[4], "work") == 0;
	struct clone_args a = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
					 CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD };
	int status = 0;

	if (argc > 2 && strcmp(argv[1], "measure") == 0)
		return measure(argv + 2);
	if (argc != 4 && !work)
		return 2;
	if (strcmp(argv[2], "net") == 0)
		a.flags |= CLONE_NEWNET;
	if (work) {
		int fd = mkdir(cgroup, 0755) != 0 ? -1 : open(cgroup, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return 7;
		a.cgroup = (unsigned)fd;
		a.flags = (a.flags & ~(unsigned long long)CLONE_NEWCGROUP) | CLONE_INTO_CGROUP;
	}
	long pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0) {
		char *const words[] = { argv[3], NULL }, *const none[] = { NULL };
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
			mount(argv[1], argv[1], NULL, MS_BIND | MS_REC, NULL) != 0 ||
			chdir(argv[1]) != 0 || (work && fill_root() != 0) ||
			syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
			chdir("/") != 0 || (work && confine() != 0))
			_exit(3);
		execve(argv[3], words, none);
		_exit(4);
	}
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) < 0)
		return 5;
	if (work && rmdir(cgroup) != 0)
		return 8;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
}
