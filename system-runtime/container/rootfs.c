#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include "system-runtime/state/state.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>

/*
 * Every mount of the new namespace becomes private first (pivot_root(2) wants that, and nothing
 * done here may reach the host); the binds that shall stay shared were detached before. Then the
 * root filesystem, as a tree of its own, is mounted over itself.
 */
int rootfs_mount(struct job *j, int *root, struct rt_error *e)
{
	struct mount_attr priv = { .propagation = MS_PRIVATE };
	AUTO_FD tree = sys_open_tree(j->rootfs, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);

	if (tree < 0)
		return rt_fail(e, errno, "root.path: cannot take the root filesystem");
	if ((!j->chroot && sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &priv) != 0) ||
		mount_fd_propagation(tree, MS_PRIVATE, true) != 0)
		return rt_fail(e, errno, "cannot make the mounts private");
	if (mount_attach(tree, j->rootfs) != 0)
		return rt_fail(e, errno, "root.path: cannot mount the root filesystem");
	*root = fd_take(&tree);
	return 0;
}

/* Makes it the root; the host's tree is then on top of it (pivot_root(".", ".")) and goes. In a
 * mount namespace of others pivot_root would move their root. */
int rootfs_enter(const struct job *j, int root, struct rt_error *e)
{
	if (j->chroot)
		return fchdir(root) == 0 && chroot(".") == 0 && chdir("/") == 0
			       ? 0
			       : rt_fail(e, errno, "root.path: cannot enter the root filesystem");
	if (fchdir(root) != 0 || sys_pivot_root(".", ".") != 0)
		return rt_fail(e, errno, "root.path: cannot enter the root filesystem");
	/* "." is the new root, with the old one mounted on it. */
	if (sys_umount(".", MNT_DETACH) != 0)
		return rt_fail(e, errno, "cannot leave the host's filesystems");
	if (chdir("/") != 0)
		return rt_fail(e, errno, "cannot go to the new root");
	return 0;
}

int rootfs_finish(struct job *j, int root, struct rt_error *e)
{
	const struct spec *s = j->spec;
	const struct linux_spec *l = s->linux_;

	for (size_t i = 0; i < s->mounts.n; i++) {
		if (mount_seal(&s->mounts.v[i], j->mount_fds[i], e) != 0)
			return rt_wrap(e, "mounts[%zu]", i);
	}
	if (s->root->readonly && mount_fd_attr(root, MOUNT_ATTR_RDONLY, 0, false) != 0)
		return rt_fail(e, errno, "root.readonly: cannot make the root read-only");
	if (l->root_propagation != 0 &&
		mount_fd_propagation(root, l->root_propagation, l->root_propagation_recursive) != 0)
		return rt_fail(e, errno, "linux.rootfsPropagation: cannot set it");
	return 0;
}

uint64_t rootfs_mount_id(const char *path)
{
	struct statx st = { 0 };

	return syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &st) == 0
		       ? st.stx_mnt_id
		       : 0;
}

void rootfs_leave(const struct state *s)
{
	uint64_t now = s->rootfs_mount != 0 ? rootfs_mount_id(s->rootfs) : 0;

	if (now != 0 && now != s->rootfs_mount)
		(void)sys_umount(s->rootfs, MNT_DETACH | UMOUNT_NOFOLLOW); /* the best we can */
}
