/* Whether a unit died of its memory limit (cgroup-v2.rst, "memory.events"). */
#include "base/auto_fd.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/state/state.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>

bool unit_was_starved(const struct supervisor *s, const struct unit *u)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct rt_error ignored = { 0 }; /* what is not known is not said */
	struct state st;
	char buf[512];

	if (state_open(s->root, u->id, &dir, &ignored) != 0 ||
		state_read(dir, u->id, &m, &st, &ignored) != 0 || st.cgroup == NULL)
		return false;
	AUTO_FD fd = cgroup_open(st.cgroup, "memory.events", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return false; /* no limit, no accounting */
	buf[n] = '\0';
	const char *killed = strstr(buf, "oom_kill ");
	return killed != NULL && strtoull(killed + 9, NULL, 10) > 0;
}
