#include "base/auto_fd.h"
#include "system-runtime/container/job.h"
#include "system-runtime/state/state.h"

/* execve closes the child's end of the socket; an error comes as a message. */
static int go(int sync, pid_t pid, struct rt_error *e)
{
	struct sync_msg m;

	if (sync_send(sync, SYNC_GO, pid, NULL) != 0)
		return rt_fail(e, 0, "the container's first process is gone");
	int r = sync_recv(sync, &m, -1);
	if (r < 0)
		return rt_fail(e, errno, "cannot hear from the container's first process");
	if (r > 0 && m.kind == SYNC_ERROR) {
		m.error.what[sizeof(m.error.what) - 1] = '\0';
		*e = m.error;
		return -1;
	}
	return 0;
}

int container_start(struct container *c, struct rt_error *e)
{
	int r = go(c->sync, c->pid, e);
	fd_drop(&c->sync);
	return r;
}

int container_start_by_socket(const char *root, const char *id, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state s;

	if (state_open(root, id, &dir, e) != 0 || state_read(dir, id, &m, &s, e) != 0)
		return -1;
	enum status st = state_status(dir, &s);
	if (st != STATUS_CREATED)
		return rt_fail(e, 0, "cannot start container \"%s\": it is %s, not created", id,
			status_name(st));
	AUTO_FD sync = start_socket(dir, false, e);
	if (sync < 0)
		return -1;
	int r = go(sync, (pid_t)s.pid.v, e);
	/* Started or failed, it is created no more. */
	if (unlinkat(dir, STATE_START, 0) != 0 && r == 0)
		return rt_fail(e, errno, "cannot remove the start socket of \"%s\"", id);
	return r;
}
