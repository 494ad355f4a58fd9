/* What the kernel knows of a unit's cgroup (cgroup-v2.rst). */
#include "base/auto_fd.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/state/state.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <sys/stat.h>

static int open_file(
	const struct supervisor *s, const struct unit *u, const char *file, int flags, bool own)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct rt_error ignored = { 0 }; /* what is not known is not said */
	struct state st;

	if (state_open(s->root, u->id, &dir, &ignored) != 0 ||
		state_read(dir, u->id, &m, &st, &ignored) != 0 || st.cgroup == NULL ||
		st.cgroup[0] == '\0' || (own && !st.own_cgroup))
		return -1;
	return cgroup_open(st.cgroup, file, flags);
}

/* One write each: a kernel may lack any of them, and then the numbers are not there. */
void cgroups_account(void)
{
	static const char *const controllers[] = { "+memory", "+pids", "+io" };

	AUTO_FD root = cgroup_open("/", NULL, O_RDONLY | O_DIRECTORY);
	(void)mkdirat(root, "services", 0755); /* a former supervisor has made it */
	for (int i = 0; i < 2; i++) {
		AUTO_FD fd = cgroup_open(i ? "services" : "/", "cgroup.subtree_control", O_WRONLY);
		for (size_t k = 0; fd >= 0 && k < ARRAY_LEN(controllers); k++)
			(void)!write(fd, controllers[k], strlen(controllers[k]));
	}
}

bool unit_was_starved(const struct supervisor *s, struct unit *u)
{
	char buf[512], most[32];
	AUTO_FD fd = open_file(s, u, "memory.events", O_RDONLY, false);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (n <= 0)
		return false; /* no limit, no accounting */
	buf[n] = '\0';
	const char *killed = strstr(buf, "oom_kill ");
	if (killed == NULL || strtoull(killed + 9, NULL, 10) == 0)
		return false;
	AUTO_FD limit = open_file(s, u, "memory.max", O_RDONLY, false);
	n = limit < 0 ? -1 : read(limit, most, sizeof(most) - 1);
	most[n > 0 ? n : 0] = '\0';
	u->memory_limit = strtoull(most, NULL, 10); /* "max" is 0 */
	return true;
}

int unit_kill_all(const struct supervisor *s, const struct unit *u)
{
	AUTO_FD fd = open_file(s, u, "cgroup.kill", O_WRONLY, true);

	/* A cgroup of an old kernel is killed when it is removed. */
	(void)!(fd < 0 ? 0 : write(fd, "1", 1));
	AUTO_FD events = open_file(s, u, "cgroup.events", O_RDONLY, true);
	return events >= 0 && cgroup_populated(events) > 0 ? fd_take(&events) : -1;
}
