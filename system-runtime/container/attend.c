/* The creator's half of the talk with the container's first process, until that is ready. */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/hooks.h"
#include "system-runtime/container/job.h"

/* How long the setup of a container may take: a source on a dead server must not hang a machine.
 * Hooks have timeouts of their own. */
enum { SETUP_TIMEOUT_MS = 60000 };

static int run_hooks(const struct job *j, pid_t pid, struct rt_error *e)
{
	const struct hooks_spec *h = j->spec->hooks;
	struct state s = *j->state;

	s.pid = (struct opt_int){ .v = pid, .set = true };
	int r = hooks_run(&h->prestart, "prestart", &s, STATUS_CREATED, e);
	if (r == 0)
		r = hooks_run(&h->createRuntime, "createRuntime", &s, STATUS_CREATING, e);
	return r;
}

/* What the first process asks for, once its pid is known. */
static int serve(struct container *c, const struct job *j, enum sync_kind what, struct rt_error *e)
{
	if (what == SYNC_MAPS && id_maps_write(c->spec.linux_, c->pid, e) != 0)
		return -1;
	if (what == SYNC_DEVICES &&
		net_devices_move(c->spec.linux_, j->net_devices, c->pid, e) != 0)
		return -1;
	if (what == SYNC_HOOKS && run_hooks(j, c->pid, e) != 0)
		return -1;
	if (sync_send(c->sync, SYNC_GO, c->pid, NULL) != 0)
		return rt_fail(e, errno, "cannot answer the container's first process");
	return 0;
}

int creator_attend(struct container *c, const struct job *j, struct rt_error *e)
{
	const struct hooks_spec *h = c->spec.hooks;
	struct sync_msg m;
	enum sync_kind wanted = 0;
	bool ready = false;

	while (!ready || c->pid == 0) {
		int r = sync_recv(
			c->sync, &m, h != NULL && h->createContainer.n > 0 ? -1 : SETUP_TIMEOUT_MS);
		if (r < 0)
			return rt_fail(e, errno, "the container's first process does not answer");
		if (r == 0)
			return rt_fail(
				e, 0, "the container's first process died while it was set up");
		switch (m.kind) {
		case SYNC_PID:
			c->pid = m.pid;
			c->pidfd = sys_pidfd_open(m.pid);
			if (c->pidfd < 0)
				return rt_fail(
					e, errno, "cannot open the container's first process");
			break;
		case SYNC_MAPS:
		case SYNC_DEVICES:
		case SYNC_HOOKS:
			wanted = m.kind;
			break;
		case SYNC_READY:
			ready = true;
			break;
		case SYNC_ERROR:
			m.error.what[sizeof(m.error.what) - 1] = '\0';
			*e = m.error;
			return -1;
		case SYNC_GO:
			return rt_fail(e, 0, "the container's first process speaks out of turn");
		}
		if (wanted != 0 && c->pid != 0) {
			if (serve(c, j, wanted, e) != 0)
				return -1;
			wanted = 0;
		}
	}
	return 0;
}
