#include "init/root.h"

#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/log.h"
#include "init/module.h"
#include "init/sysfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

enum { DEPTH_MAX = 16 };

/* statfs(2) */
static const uint32_t ramfs_type = 0x858458f6, tmpfs_type = 0x01021994;

/* The line of "/" in mountinfo (proc_pid_mountinfo(5)): the first rootfs is its own parent,
 * anything mounted over it is not. */
bool root_is_rootfs(void)
{
	char text[4096];
	ssize_t n = sysfile_read("/proc/self/mountinfo", text, sizeof(text));
	struct span rest = { text, n > 0 ? (size_t)n : 0 }, line, id, parent, skip, target;
	bool is = false;

	while (span_cut(&rest, '\n', &line))
		if (span_word(&line, &id) && span_word(&line, &parent) && span_word(&line, &skip) &&
			span_word(&line, &skip) && span_word(&line, &target) &&
			span_is(target, "/"))
			is = id.len == parent.len && memcmp(id.at, parent.at, id.len) == 0;
	return is;
}

struct removal {
	dev_t device;
	unsigned depth;
};

static bool remove_entry(void *ctx, int dir, const char *name, unsigned char type)
{
	struct removal *r = ctx;
	struct stat st;

	(void)type;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != r->device)
		return true; /* another filesystem is mounted there */
	if (!S_ISDIR(st.st_mode)) {
		(void)unlinkat(dir, name, 0); /* what stays costs memory, nothing else */
		return true;
	}
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || r->depth == DEPTH_MAX)
		return true;
	r->depth++;
	(void)sysdir_each(fd, remove_entry, r);
	r->depth--;
	(void)unlinkat(dir, name, AT_REMOVEDIR);
	return true;
}

/* Only ever a RAM filesystem: a mistake here would empty a disk. */
static void remove_initrd(int old_root)
{
	struct removal r = { 0 };
	struct statfs fs;
	struct stat st;

	if (fstatfs(old_root, &fs) < 0 || fstat(old_root, &st) < 0)
		return;
	if ((uint32_t)fs.f_type != ramfs_type && (uint32_t)fs.f_type != tmpfs_type)
		return;
	r.device = st.st_dev;
	(void)sysdir_each(old_root, remove_entry, &r);
}

static int move_mounts(void)
{
	static const char *const all[] = { "/dev", "/proc", "/sys", "/run" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		char to[sizeof(ROOT_MOUNT) + 8];

		fmt_text(to, sizeof(to), ROOT_MOUNT "%s", all[i]);
		if (mount(all[i], to, NULL, MS_MOVE, NULL) < 0)
			return fail_errno(errno,
				"moving %s into the root (does it have the folder?)", all[i]);
	}
	return 0;
}

int switch_root(void)
{
	static char init_path[] = "/sbin/init";
	char *argv[] = { init_path, NULL };
	char *envp[] = { NULL };
	AUTO_FD old_root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (old_root < 0)
		return fail_errno(errno, "opening /");
	if (access(ROOT_MOUNT "/sbin/init", X_OK) < 0)
		return fail_errno(errno, "the root's /sbin/init");
	module_close(); /* the maps would keep the files */
	if (move_mounts() < 0)
		return -1;
	if (chdir(ROOT_MOUNT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0)
		return fail_errno(errno, "making the root the machine's /");
	remove_initrd(old_root);
	execve(init_path, argv, envp);
	return fail_errno(errno, "starting %s of the root", init_path);
}

int root_in_place(void)
{
	(void)mkdir(ROOT_MOUNT, 0755);
	/* Recursively: /proc, /sys, /dev and /run are mounted already. */
	if (mount("/", ROOT_MOUNT, NULL, MS_BIND | MS_REC, NULL) < 0)
		return fail_errno(errno, "mounting / over itself");
	if (chdir(ROOT_MOUNT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0)
		return fail_errno(errno, "moving the tree off rootfs");
	(void)rmdir(ROOT_MOUNT);
	return 0;
}
