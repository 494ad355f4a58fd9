#include "filesystem.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the kernel's fs/ext4/ext4.h and fs/xfs/libxfs/xfs_fs.h, which are no part of its uapi. */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

struct xfs_growfs_data {
	uint64_t newblocks;
	uint32_t imaxpct;
};

#define XFS_IOC_FSGROWFSDATA _IOW('X', 110, struct xfs_growfs_data)

const char *filesystem_probe(int fd, uint64_t offset)
{
	static const struct {
		const char *name, *magic;
		unsigned at, len;
	} all[] = {
		{ "ext4", "\x53\xef", 1024 + 56, 2 },
		{ "xfs", "XFSB", 0, 4 },
		{ "btrfs", "_BHRfS_M", 65536 + 64, 8 },
	};
	char found[8];

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (pread(fd, found, all[i].len, (off_t)(offset + all[i].at)) ==
				(ssize_t)all[i].len &&
			memcmp(found, all[i].magic, all[i].len) == 0)
			return all[i].name;
	return NULL;
}

/* The exit status; -1: said why there is none. */
static int run(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		fail_errno("starting %s", argv[0]);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return fail_errno("no process for %s", argv[0]);
	if (!WIFEXITED(status))
		return fail("%s: killed by signal %d", argv[0], WTERMSIG(status));
	return WEXITSTATUS(status);
}

int filesystem_make(const char *device, const struct settings *s)
{
	/* As for a large disk, which it may come to be on. */
	const char *const ext4[] = { "/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-T", "default",
		"-b", "4096", "-L", s->label, device, NULL };
	const char *const xfs[] = { "/usr/sbin/mkfs.xfs", "-q", "-f", "-L", s->label, device,
		NULL };
	const char *const btrfs[] = { "/usr/sbin/mkfs.btrfs", "-q", "-f", "-L", s->label, device,
		NULL };
	const char *const *argv = strcmp(s->filesystem, "xfs") == 0	? xfs
				  : strcmp(s->filesystem, "btrfs") == 0 ? btrfs
									: ext4;
	int status = run(argv);

	if (status > 0)
		return fail("%s %s: status %d", argv[0], device, status);
	if (status == 0) {
		int fd = open(device, O_RDWR | O_CLOEXEC);

		/* Before the table says that it is there. */
		if (fd < 0 || fsync(fd) < 0)
			status = fail_errno("writing %s", device);
		if (fd >= 0)
			close(fd);
	}
	return status;
}

int filesystem_check(const char *device, const char *type)
{
	const char *const argv[] = { "/usr/sbin/e2fsck", "-p", device, NULL };
	/* e2fsck(8): 1 is mended, 2 mended what asks for a reboot if it were mounted. */
	int status = strcmp(type, "ext4") == 0 ? run(argv) : 0;

	if (status > 2)
		return fail("%s has errors that only `e2fsck` asked by hand may mend (status %d)",
			device, status);
	return status < 0 ? -1 : 0;
}

/* As mkdir -p. */
static int make_folder(const char *path)
{
	char part[256];

	for (const char *p = path + 1;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		memcpy(part, path, (size_t)(p - path));
		part[p - path] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return fail_errno("making the folder %s", part);
		if (*p == '\0')
			return 0;
	}
}

int filesystem_mount(const char *device, const char *type, const char *target)
{
	struct stat at, above;

	if (make_folder(target) < 0)
		return -1;
	if (!device)
		return 0;
	/* A step that ran before has done it. */
	if (stat(device, &above) == 0 && stat(target, &at) == 0 && at.st_dev == above.st_rdev)
		return 0;
	if (mount(device, target, type, MS_NOATIME, NULL) < 0)
		return fail_errno("mounting %s (%s) at %s", device, type, target);
	return 0;
}

static int grow_xfs(int fd, uint64_t bytes, const struct statfs *fs)
{
	/* 25: what mkfs.xfs gives below 1 TB. */
	struct xfs_growfs_data d = { .newblocks = bytes / (uint64_t)fs->f_bsize, .imaxpct = 25 };

	return ioctl(fd, XFS_IOC_FSGROWFSDATA, &d);
}

int filesystem_grow(const char *device, const char *type, const char *target)
{
	struct btrfs_ioctl_vol_args most = { .name = "max" };
	uint64_t bytes = 0, blocks;
	struct statfs fs;
	int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	int disk = open(device, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || disk < 0 || fstatfs(fd, &fs) < 0 || ioctl(disk, BLKGETSIZE64, &bytes) < 0) {
		rc = -1;
	} else if (strcmp(type, "xfs") == 0) {
		rc = grow_xfs(fd, bytes, &fs);
	} else if (strcmp(type, "btrfs") == 0) {
		rc = ioctl(fd, BTRFS_IOC_RESIZE, &most);
	} else {
		blocks = bytes / (uint64_t)fs.f_bsize;
		rc = ioctl(fd, EXT4_IOC_RESIZE_FS, &blocks);
	}
	if (rc < 0)
		fail_errno("growing the file system of %s", device);
	if (fd >= 0)
		close(fd);
	if (disk >= 0)
		close(disk);
	return rc;
}
