#include "init/mounts.h"

#include "init/fmt.h"
#include "init/log.h"
#include "init/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum mount_need {
	NEEDED,	 /* the boot fails without it */
	WANTED,	 /* a warning */
	IF_THERE /* only when the kernel has it built in or loaded: mounting must load no module */
};

struct mount_op {
	const char *type, *target, *data;
	unsigned long flags;
	enum mount_need need;
};

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct mount_op early[] = {
	{ "proc", "/proc", NULL, SAFE, NEEDED },
	{ "sysfs", "/sys", NULL, SAFE, NEEDED },
	{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID | MS_NOEXEC, NEEDED },
	{ "tmpfs", "/run", "size=10%,mode=0755", SAFE, NEEDED },
};

/* Sizes as LinuxKit's rc.init has them. */
static const struct mount_op rest[] = {
	{ "tmpfs", "/tmp", "size=10%,mode=1777", SAFE, NEEDED },
	{ "tmpfs", "/var", "size=50%,mode=0755", SAFE, NEEDED },
	{ "devpts", "/dev/pts", "gid=5,mode=0620,ptmxmode=0666", MS_NOSUID | MS_NOEXEC, WANTED },
	{ "tmpfs", "/dev/shm", "mode=1777", SAFE, WANTED },
	{ "mqueue", "/dev/mqueue", NULL, SAFE, IF_THERE },
	{ "hugetlbfs", "/dev/hugepages", NULL, MS_NOSUID | MS_NODEV, IF_THERE },
	{ "securityfs", "/sys/kernel/security", NULL, SAFE, IF_THERE },
	{ "debugfs", "/sys/kernel/debug", "mode=0700", SAFE, IF_THERE },
	{ "tracefs", "/sys/kernel/tracing", "mode=0700", SAFE, IF_THERE },
	{ "configfs", "/sys/kernel/config", NULL, SAFE, IF_THERE },
	{ "fusectl", "/sys/fs/fuse/connections", NULL, SAFE, IF_THERE },
	{ "pstore", "/sys/fs/pstore", NULL, SAFE, IF_THERE },
	{ "bpf", "/sys/fs/bpf", "mode=0700", SAFE, IF_THERE },
	{ "efivarfs", "/sys/firmware/efi/efivars", NULL, SAFE, IF_THERE },
	{ "selinuxfs", "/sys/fs/selinux", NULL, MS_NOSUID | MS_NOEXEC, IF_THERE },
	{ "binfmt_misc", "/proc/sys/fs/binfmt_misc", NULL, SAFE, IF_THERE },
};

/* The folders of a fresh /var, and those that others expect below /run. */
static const struct {
	const char *path;
	mode_t mode;
} folders[] = {
	{ "/run/lock", 01777 },
	{ "/run/log", 0755 },
	{ "/run/resolvconf", 0755 },
	{ "/run/slipway", 0755 },
	{ "/var/cache", 0755 },
	{ "/var/empty", 0555 },
	{ "/var/lib", 0755 },
	{ "/var/local", 0755 },
	{ "/var/log", 0755 },
	{ "/var/opt", 0755 },
	{ "/var/spool", 0755 },
	{ "/var/tmp", 01777 },
};

static const struct {
	const char *target, *path;
} links[] = {
	{ "/run", "/var/run" },
	{ "/run/lock", "/var/lock" },
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* Another device than the folder it is in. */
static bool is_mounted(const char *path)
{
	char parent[64];
	struct stat at, above;

	fmt_text(parent, sizeof(parent), "%s/..", path);
	return stat(path, &at) == 0 && stat(parent, &above) == 0 && at.st_dev != above.st_dev;
}

/* /proc/filesystems: "nodev\tNAME". */
static bool kernel_has(struct span filesystems, const char *type)
{
	struct span line;

	while (span_cut(&filesystems, '\n', &line)) {
		const char *tab = line.len ? memchr(line.at, '\t', line.len) : NULL;

		if (tab && span_is(span_skip(line, (size_t)(tab - line.at) + 1), type))
			return true;
	}
	return false;
}

static int mount_one(const struct mount_op *op, struct span filesystems)
{
	if (is_mounted(op->target) || (op->need == IF_THERE && !kernel_has(filesystems, op->type)))
		return 0;
	(void)mkdir(op->target, 0755); /* it exists, or mounting says so */
	if (mount(op->type, op->target, op->type, op->flags, op->data) == 0 ||
		(op->need == IF_THERE && errno == ENOENT))
		return 0;
	if (op->need == NEEDED)
		return fail_errno(errno, "mounting %s on %s", op->type, op->target);
	log_line(LOG_WARNING, "mounting %s on %s: %s", op->type, op->target, strerror(errno));
	return 0;
}

static int mount_all(const struct mount_op *ops, size_t count, struct span filesystems)
{
	for (size_t i = 0; i < count; i++)
		if (mount_one(&ops[i], filesystems) < 0)
			return -1;
	return 0;
}

/* The kernel opened an fd 0 for us only if the initrd had a /dev/console; and then it is another
 * device node than the one that devtmpfs has. */
static void console_as_stdio(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	if (fd < 0)
		return;
	for (int std = 0; std <= 2; std++)
		if (std != fd)
			(void)dup2(fd, std);
	if (fd > 2)
		close(fd);
}

int mount_early(void)
{
	if (mount_all(early, ARRAY_LEN(early), (struct span){ 0 }) < 0)
		return -1;
	(void)mkdir("/run/slipway", 0755);
	console_as_stdio();
	return 0;
}

int mount_rest(void)
{
	char text[2048];
	ssize_t n = sysfile_read("/proc/filesystems", text, sizeof(text));

	if (mount_all(rest, ARRAY_LEN(rest), (struct span){ text, n > 0 ? (size_t)n : 0 }) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		/* chmod: the mode of mkdir passes the umask, and loses the sticky bit. */
		if (mkdir(folders[i].path, folders[i].mode) == 0)
			(void)chmod(folders[i].path, folders[i].mode);
	}
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		(void)symlink(links[i].target, links[i].path);
	/* What /etc/resolv.conf of the root points to: empty until DHCP or a file: says more. */
	int fd = open("/run/resolvconf/resolv.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	/* This mount of it only: on a squashfs it is read-only anyway. */
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		log_line(LOG_WARNING, "making / read-only: %s", strerror(errno));
	/* What is mounted on the machine shall reach containers that ask for rslave or rshared. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		return fail_errno(errno, "making / shared");
	return 0;
}

int mount_cgroup(void)
{
	static const struct mount_op op = { "cgroup2", "/sys/fs/cgroup",
		"nsdelegate,memory_recursiveprot", SAFE, NEEDED };
	char text[256], enable[32] = "+";
	struct span rest_of, word;

	if (mount_one(&op, (struct span){ 0 }) < 0)
		return -1;
	ssize_t n = sysfile_read("/sys/fs/cgroup/cgroup.controllers", text, sizeof(text));
	if (n < 0)
		return fail_errno(errno, "reading /sys/fs/cgroup/cgroup.controllers");
	rest_of = (struct span){ text, (size_t)n };
	/* One by one: a controller that cannot be enabled (cpu, with realtime groups) stops no
	 * other. */
	while (span_word(&rest_of, &word))
		if (span_copy(word, enable + 1, sizeof(enable) - 1) &&
			sysfile_write("/sys/fs/cgroup/cgroup.subtree_control", enable) < 0)
			log_line(LOG_WARNING, "enabling the cgroup controller %s: %s", enable + 1,
				strerror(errno));
	return 0;
}
