/* How a unit is made to end. */
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/supervise.h"

#include <signal.h>

void unit_kill(struct supervisor *s, struct unit *u, const char *why)
{
	struct rt_error e = { 0 };

	u->killed = true;
	console("%s %s: %s: killed", kind_name(u->kind), u->name, why);
	(void)!container_kill(
		s->root, u->id, SIGKILL, true, &e); /* without a cgroup, the process */
	(void)sys_pidfd_signal(u->pidfd.fd, SIGKILL);
}

void unit_signal(const struct unit *u)
{
	(void)sys_pidfd_signal(u->pidfd.fd, u->set.stop_signal); /* gone already: its pidfd tells */
	/* A stopped or frozen process takes no signal but this. */
	(void)sys_pidfd_signal(u->pidfd.fd, SIGCONT);
}
