/* The clone of the container's first process. */
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

/*
 * Joins the namespaces given by path, then clones the container beside itself (CLONE_PARENT), so
 * that the creator, which must not change its own namespaces, is the parent.
 */
NORETURN static void stage_main(struct job *j, const struct sys_clone *args)
{
	struct rt_error e = { 0 };
	struct sys_clone a = *args;
	pid_t pid;

	if (child_isolate(j, &e) != 0 || namespaces_join(j, &e) != 0)
		child_fail(j, &e);
	a.flags |= CLONE_PARENT;
	pid = sys_clone3(&a, NULL);
	if (pid == 0)
		child_main(j);
	if (pid < 0) {
		(void)rt_fail(&e, errno, "cannot clone into the new namespaces");
		child_fail(j, &e);
	}
	_exit(sync_send(j->sync, SYNC_PID, pid, NULL) == 0 ? 0 : 1);
}

int child_spawn(struct job *j, int cgroup, struct container *c, pid_t *stage, struct rt_error *e)
{
	const struct linux_spec *l = j->spec->linux_;
	struct sys_clone args = { .cgroup = cgroup,
		/* The cgroup namespace is made by the child: see child.c. */
		.flags = l->new_namespaces & ~(uint64_t)CLONE_NEWCGROUP };
	struct sys_clone stage_args = { .cgroup = -1 };
	pid_t pid;

	*stage = 0;
	if (l->joins) {
		*stage = sys_clone3(&stage_args, NULL);
		if (*stage == 0)
			stage_main(j, &args);
		return *stage > 0 ? 0 : rt_fail(e, errno, "cannot clone");
	}
	pid = sys_clone3(&args, &c->pidfd);
	if (pid == 0)
		child_main(j);
	if (pid < 0)
		return rt_fail(e, errno, "cannot clone into the new namespaces");
	c->pid = pid;
	return 0;
}
