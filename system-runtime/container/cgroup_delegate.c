/*
 * Ownership of the container's cgroup (config-linux.md "Cgroup ownership"): a container with a user
 * and a cgroup namespace of its own and a writable cgroup2 mount manages what is below.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <unistd.h>

static bool wants(const struct spec *s)
{
	const uint64_t both = CLONE_NEWUSER | CLONE_NEWCGROUP;

	if ((s->linux_->new_namespaces & both) != both)
		return false;
	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct mount_spec *m = &s->mounts.v[i];
		if (m->from == MOUNT_FS && m->type != NULL && strncmp(m->type, "cgroup", 6) == 0)
			return !(m->attr_set & MOUNT_ATTR_RDONLY);
	}
	return false;
}

/* The host's id of the container's, or -1. */
static int64_t host_uid(const struct linux_spec *l, uint32_t uid)
{
	for (size_t i = 0; i < l->uidMappings.n; i++) {
		const struct id_mapping *m = &l->uidMappings.v[i];
		if (uid >= m->containerID && uid - m->containerID < m->size)
			return (int64_t)m->hostID + (uid - m->containerID);
	}
	return -1;
}

int cgroup_delegate(int fd, const struct spec *s, struct rt_error *e)
{
	char list[1024] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	int64_t uid = host_uid(s->linux_, s->process->user->uid);

	if (fd < 0 || !wants(s) || uid < 0)
		return 0;
	/* Which files those are is the kernel's word (Linux 4.15); a short read keeps the first
	 * three. */
	(void)read_small(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list));
	if (fchown(fd, (uid_t)uid, (gid_t)-1) != 0)
		return rt_fail(e, errno, "cannot give the cgroup to the container");
	for (char *name = list, *end; *name != '\0'; name = end + 1) {
		end = name + strcspn(name, "\n");
		bool last = *end == '\0';
		*end = '\0';
		if (fchownat(fd, name, (uid_t)uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) != 0 &&
			errno != ENOENT)
			return rt_fail(
				e, errno, "cannot give the cgroup's %s to the container", name);
		if (last)
			break;
	}
	return 0;
}
