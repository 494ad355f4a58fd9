/*
 * Id-mapped mounts (mount_setattr(2)). Only the owner of a filesystem's user namespace may map it,
 * so the creator makes these mounts, detached; the first process finds them in job.mount_fds.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int idmap_user_namespace(const struct linux_spec *maps, struct rt_error *e)
{
	struct sys_clone args = { .flags = CLONE_NEWUSER, .cgroup = -1 };
	char path[48];
	int fd = -1;
	pid_t pid = sys_clone3(&args, NULL);

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0)
		return rt_fail(e, errno, "cannot make a user namespace for the id map");
	if (id_maps_write(maps, pid, e) == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			(void)rt_fail(e, errno, "cannot open the user namespace of the id map");
	}
	(void)kill(pid, SIGKILL); /* our child, not yet waited for */
	(void)waitpid(pid, NULL, 0);
	return fd;
}

static int map_one(struct job *j, const struct mount_spec *m, int *out, struct rt_error *e)
{
	struct linux_spec own = { 0 };
	const struct linux_spec *maps = j->spec->linux_;

	own.uidMappings.v = m->uidMappings.v;
	own.uidMappings.n = m->uidMappings.n;
	own.gidMappings.v = m->gidMappings.v;
	own.gidMappings.n = m->gidMappings.n;
	if (own.uidMappings.n > 0)
		maps = &own;
	else if (maps->uidMappings.n == 0)
		return rt_fail(
			e, 0, "\"idmap\" needs uidMappings and gidMappings, here or in linux");
	AUTO_FD mount = bind_make(j, m, e);
	if (mount < 0)
		return -1;
	AUTO_FD user = idmap_user_namespace(maps, e);
	if (user < 0)
		return -1;
	struct mount_attr a = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user };
	if (sys_mount_setattr(
		    mount, "", AT_EMPTY_PATH | (m->idmap_recursive ? AT_RECURSIVE : 0), &a) != 0)
		return rt_fail(e, errno, "cannot map the ids of %s%s", m->source,
			errno == EINVAL ? " (its filesystem may not support it)" : "");
	*out = fd_take(&mount);
	return 0;
}

int mounts_idmap(struct job *j, struct rt_error *e)
{
	for (size_t i = 0; i < j->spec->mounts.n; i++)
		j->mount_fds[i] = -1;
	for (size_t i = 0; i < j->spec->mounts.n; i++) {
		const struct mount_spec *m = &j->spec->mounts.v[i];
		if (m->by_creator && (j->mount_fds[i] = bind_make(j, m, e)) < 0)
			return -1;
		if (m->idmap && map_one(j, m, &j->mount_fds[i], e) != 0)
			return rt_wrap(e, "mounts[%zu]", i);
	}
	return 0;
}
