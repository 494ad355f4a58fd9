#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/container/container.h"
#include "system-runtime/container/hooks.h"
#include "system-runtime/container/resctrl.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { KILL_TIMEOUT_MS = 10000 };

int container_kill(const char *root, const char *id, int sig, bool all, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state s;

	if (state_open(root, id, &dir, e) != 0 || state_read(dir, id, &m, &s, e) != 0)
		return -1;
	/* The first process may be gone while others are left. */
	if (all && s.cgroup != NULL && s.cgroup[0] != '\0' && s.own_cgroup)
		return cgroup_signal(s.cgroup, sig, e);
	AUTO_FD pidfd = state_pidfd(&s);
	if (pidfd < 0) /* the first three words are what engines look for */
		return rt_fail(e, 0, "container not running: \"%s\" is %s", id,
			status_name(state_status(dir, &s)));
	if (sys_pidfd_signal(pidfd, sig) != 0)
		return rt_fail(e, errno, "cannot send signal %d to container \"%s\"", sig, id);
	return 0;
}

static void kill_all(const struct state *s)
{
	struct rt_error ignored; /* removing the cgroup tells whether something is left */
	AUTO_FD pidfd = state_pidfd(s);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0)
		(void)sys_pidfd_signal(pidfd, SIGKILL);
	if (s->own_cgroup && s->cgroup != NULL)
		(void)!cgroup_kill(s->cgroup, &ignored);
	if (pidfd >= 0)
		(void)poll(&p, 1, KILL_TIMEOUT_MS);
}

static int remove_all(
	const char *root, const char *id, int dir, struct state *s, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct hooks_spec hooks;
	struct rt_error ignored;

	if (s->own_cgroup && s->cgroup != NULL && s->cgroup[0] != '\0' &&
		!cgroup_remove_empty(s->cgroup)) {
		/* What the first process left running goes with it. */
		(void)!cgroup_kill(s->cgroup, &ignored);
		if (!cgroup_wait_empty(s->cgroup, KILL_TIMEOUT_MS))
			return rt_fail(
				e, ETIMEDOUT, "container \"%s\" has processes that do not die", id);
		if (cgroup_remove(s->cgroup, e) != 0)
			return -1;
	}
	rootfs_leave(s);
	if (resctrl_do(RESCTRL_REMOVE, NULL, s, 0, e) != 0)
		return -1;
	if (hooks_load(dir, &m, &hooks, e) != 0 || state_forget(root, id, dir, e) != 0)
		return -1;
	/* One that fails is told in *e and changes nothing: the container is gone. */
	(void)!hooks_run(&hooks.poststop, "poststop", s, STATUS_STOPPED, e);
	return 0;
}

int container_delete(const char *root, const char *id, bool force, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state s;

	if (state_open(root, id, &dir, e) != 0) {
		if (!force || e->sys != ENOENT)
			return -1;
		*e = (struct rt_error){ 0 };
		return 0;
	}
	if (state_read(dir, id, &m, &s, e) != 0) {
		/* Its creator died between claiming the id and writing the state: nothing ran. */
		if (e->sys == ENOENT && !force)
			return rt_fail(e, 0, "container \"%s\" was never created; use --force", id);
		if (e->sys == ENOENT) {
			*e = (struct rt_error){ 0 };
			return state_forget(root, id, dir, e);
		}
		/* A state that is damaged is given up; one that cannot be read now still counts. */
		if (!force || e->sys != 0)
			return -1;
		return state_forget(root, id, dir, e);
	}
	enum status st = state_status(dir, &s);
	if (st != STATUS_STOPPED && !force)
		return rt_fail(e, 0, "cannot delete container \"%s\": it is %s; use --force", id,
			status_name(st));
	if (st != STATUS_STOPPED)
		kill_all(&s);
	return remove_all(root, id, dir, &s, e);
}
