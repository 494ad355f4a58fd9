#include "system-runtime/container/manage.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/cgroup.h"

#include <fcntl.h>
#include <poll.h>

enum { FREEZE_TIMEOUT_MS = 10000 };

int managed_open(const char *root, const char *id, struct managed *m, struct rt_error *e)
{
	*m = (struct managed){ .dir = -1 };
	if (state_open(root, id, &m->dir, e) != 0 ||
		state_read(m->dir, id, &m->mem, &m->state, e) != 0)
		return -1;
	m->status = state_status(m->dir, &m->state);
	/* The first three words are what engines look for. */
	if (m->status == STATUS_STOPPED || m->status == STATUS_CREATING)
		return rt_fail(
			e, 0, "container not running: \"%s\" is %s", id, status_name(m->status));
	return 0;
}

void managed_close(struct managed *m)
{
	mem_close(&m->mem);
	fd_drop(&m->dir);
}

/* cgroup.events tells when the last process has stopped (cgroup-v2.rst, "cgroup.freeze"). Each read
 * makes the next change pollable. */
static bool wait_frozen(const char *cgroup, bool frozen)
{
	AUTO_FD events = cgroup_open(cgroup, "cgroup.events", O_RDONLY);
	struct pollfd p = { .fd = events, .events = POLLPRI };
	char text[128];

	for (int i = 0; i < 64 && events >= 0; i++) {
		ssize_t n = pread(events, text, sizeof(text) - 1, 0);
		if (n < 0)
			return false;
		text[n] = '\0';
		char *at = strstr(text, "frozen ");
		if (at != NULL && (at[7] == '1') == frozen)
			return true;
		if (poll(&p, 1, FREEZE_TIMEOUT_MS) == 0)
			return false;
	}
	return false;
}

static int freeze(struct managed *m, bool on, struct rt_error *e)
{
	const char *cgroup = m->state.cgroup;

	if (cgroup == NULL || cgroup[0] == '\0')
		return rt_fail(e, 0, "container \"%s\" has no cgroup v2, which alone can pause it",
			m->state.id);
	AUTO_FD fd = cgroup_open(cgroup, NULL, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || file_write(fd, "cgroup.freeze", on ? "1" : "0") != 0)
		return rt_fail(e, errno, "cannot %s container \"%s\"", on ? "pause" : "resume",
			m->state.id);
	/* The lock: what the kernel cannot stop now shall hold up nobody else. */
	fd_drop(&m->dir);
	if (wait_frozen(cgroup, on))
		return 0;
	if (on)
		(void)!file_write(fd, "cgroup.freeze", "0"); /* all or nothing */
	return rt_fail(
		e, ETIMEDOUT, "container \"%s\" does not %s", m->state.id, on ? "pause" : "resume");
}

int container_pause(const char *root, const char *id, struct rt_error *e)
{
	AUTO_MANAGED m = { .dir = -1 };

	if (managed_open(root, id, &m, e) != 0)
		return -1;
	if (m.status == STATUS_PAUSED)
		return rt_fail(e, 0, "container \"%s\" is paused already", id);
	return freeze(&m, true, e);
}

int container_resume(const char *root, const char *id, struct rt_error *e)
{
	AUTO_MANAGED m = { .dir = -1 };

	if (managed_open(root, id, &m, e) != 0)
		return -1;
	if (m.status != STATUS_PAUSED)
		return rt_fail(
			e, 0, "container not paused: \"%s\" is %s", id, status_name(m.status));
	return freeze(&m, false, e);
}

int container_pids(const struct managed *m, pid_t *pids, size_t size, size_t *n, struct rt_error *e)
{
	const char *cgroup = m->state.cgroup;

	*n = 0;
	/* In a cgroup that others share, or in none, the first process is all that is known. */
	if (cgroup == NULL || cgroup[0] == '\0' || !m->state.own_cgroup) {
		pids[(*n)++] = (pid_t)m->state.pid.v;
		return 0;
	}
	if (cgroup_pids(cgroup, pids, size, n) != 0)
		return rt_fail(
			e, errno, "cannot list the processes of container \"%s\"", m->state.id);
	return 0;
}

int container_update(
	const char *root, const char *id, const struct resources_spec *r, struct rt_error *e)
{
	AUTO_MANAGED m = { .dir = -1 };

	if (managed_open(root, id, &m, e) != 0)
		return -1;
	if (m.state.cgroup == NULL || m.state.cgroup[0] == '\0')
		return rt_fail(e, 0, "container \"%s\" has no cgroup v2 to limit", id);
	AUTO_FD fd = cgroup_open(m.state.cgroup, NULL, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return rt_fail(e, errno, "cannot open the cgroup of container \"%s\"", id);
	if (r->devices.n > 0 && cgroup_replace_devices(fd, r->devices.v, r->devices.n, e) != 0)
		return -1;
	return cgroup_update(m.state.cgroup, fd, r, e);
}
