/* The clone of the container's first process. */
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include "base/auto_fd.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

/*
 * The offsets can be written only as long as no process is in the namespace, so it is not made in
 * the clone that makes the others (time_namespaces(7)).
 */
static int make_time(const struct linux_spec *l, struct rt_error *e)
{
	const struct time_offsets_spec *t = l->timeOffsets;
	char text[160];
	int n = 0;

	if (!(l->new_namespaces & CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME) != 0)
		return rt_fail(e, errno, "linux.namespaces: cannot make a time namespace");
	text[0] = '\0';
	if (t != NULL && t->monotonic != NULL)
		n = snprintf(text, sizeof(text), "monotonic %lld %lld\n",
			(long long)t->monotonic->secs.v, (long long)t->monotonic->nanosecs.v);
	if (t != NULL && t->boottime != NULL)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "boottime %lld %lld\n",
			(long long)t->boottime->secs.v, (long long)t->boottime->nanosecs.v);
	if (n == 0)
		return 0;
	AUTO_FD fd = openat(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		return rt_fail(e, errno, "linux.timeOffsets: the kernel refuses them");
	return 0;
}

/*
 * Joins the namespaces given by path, then clones the container beside itself (CLONE_PARENT), so
 * that the creator, which must not change its own namespaces, is the parent.
 */
NORETURN static void stage_main(struct job *j, const struct sys_clone *args)
{
	struct rt_error e = { 0 };
	struct sys_clone a = *args;
	pid_t pid;

	if (child_isolate(j, &e) != 0 || namespaces_join(j, &e) != 0 ||
		make_time(j->spec->linux_, &e) != 0)
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
		.flags = l->new_namespaces & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME) };
	struct sys_clone stage_args = { .cgroup = -1 };
	pid_t pid;

	*stage = 0;
	if (l->joins || (l->new_namespaces & CLONE_NEWTIME)) {
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

static void shared_main(void *job)
{
	child_main(job);
}

int child_spawn_shared(struct job *j, int cgroup, struct container *c, struct rt_error *e)
{
	struct sys_clone args = { .cgroup = cgroup,
		.flags = j->spec->linux_->new_namespaces & ~(uint64_t)CLONE_NEWCGROUP };
	pid_t pid = sys_clone3_shared(&args, &c->pidfd, shared_main, j);

	if (pid < 0)
		return rt_fail(e, errno, "cannot clone into the new namespaces");
	c->pid = pid;
	return 0;
}
