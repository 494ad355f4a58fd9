/* Where the resctrl filesystem is mounted, and what a container does with it. */
#include "base/auto_fd.h"
#include "system-runtime/container/mount_point.h"
#include "system-runtime/container/resctrl.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/vfs.h>

static int open_root(struct rt_error *e)
{
	char path[PATH_MAX];
	struct statfs fs;
	AUTO_FD fd = mount_point("resctrl ", path, sizeof(path))
			     ? openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			     : -1;

	if (fd < 0 || fstatfs(fd, &fs) != 0 || fs.f_type != RDTGROUP_SUPER_MAGIC)
		return rt_fail(e, 0, "this machine has no resctrl filesystem mounted");
	return fd_take(&fd);
}

static int make(int root, const struct rdt_spec *r, struct state *s, struct rt_error *e)
{
	bool made;

	if (rdt_make(root, s, &made, e) != 0)
		return -1;
	if (rdt_limit(root, r, s, made, e) == 0)
		return 0;
	if (made) /* one with a name of its own would stay otherwise, half limited */
		(void)unlinkat(root, s->rdt, AT_REMOVEDIR);
	return -1;
}

int resctrl_do(enum resctrl_step step, const struct rdt_spec *r, struct state *s, pid_t pid,
	struct rt_error *e)
{
	int done;

	if (r == NULL && s->rdt == NULL)
		return 0;
	AUTO_FD root = open_root(e);
	if (root < 0)
		return step == RESCTRL_REMOVE ? 0 : rt_wrap(e, "linux.intelRdt");
	if (step == RESCTRL_PLAN)
		done = rdt_plan(root, r, s, e);
	else if (step == RESCTRL_MAKE)
		done = make(root, r, s, e);
	else if (step == RESCTRL_JOIN)
		done = rdt_join(root, s, pid, e);
	else
		done = rdt_remove(root, s, e);
	return done == 0 ? 0 : rt_wrap(e, "linux.intelRdt");
}
