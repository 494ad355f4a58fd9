/* events: the numbers of a container's cgroup, once or again and again, and when it ran out of
 * memory. */
#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/container/manage.h"

#include <fcntl.h>
#include <poll.h>

struct events_cli {
	bool stats;
	const char *interval;
};
const struct option_spec events_options_table[] = {
	{ "stats", 0, OPTION_FLAG, offsetof(struct events_cli, stats), "once, and end" },
	{ "interval", 0, OPTION_TEXT, offsetof(struct events_cli, interval),
		"between two reports, such as 500ms, 5s, 1m (5s)" },
};
const size_t n_events_options = ARRAY_LEN(events_options_table);

/* A duration in Go's words, as far as people write them: a number and ms, s, m or h. */
static int milliseconds(const char *text, int *out, struct rt_error *e)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10), unit = 0;

	if (strcmp(end, "ms") == 0)
		unit = 1;
	else if (strcmp(end, "s") == 0 || *end == '\0')
		unit = 1000;
	else if (strcmp(end, "m") == 0)
		unit = 60 * 1000;
	else if (strcmp(end, "h") == 0)
		unit = 60 * 60 * 1000;
	if (*text < '0' || *text > '9' || unit == 0 || n == 0 || n > 24 * 60 * 60 * 1000 / unit)
		return rt_fail(e, 0, "--interval: \"%s\" is not a time such as 500ms or 5s", text);
	*out = (int)(n * unit);
	return 0;
}

static int print_event(const char *type, const struct managed *m, bool stats, struct rt_error *e)
{
	static char buf[64 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	jw_open(&o, NULL, '{');
	jw_str(&o, "type", type);
	jw_str(&o, "id", m->state.id);
	if (stats)
		container_stats(m, &o);
	jw_close(&o, '}');
	if (o.full)
		return rt_fail(e, 0, "the numbers of \"%s\" are too many", m->state.id);
	puts(buf);
	return fflush(stdout) == 0 ? 0 : rt_fail(e, errno, "cannot write");
}

static int watch(struct managed *m, int interval, struct rt_error *e)
{
	const char *cgroup = m->state.cgroup;
	AUTO_FD pidfd = state_pidfd(&m->state);
	AUTO_FD memory = cgroup_open(cgroup, "memory.events", O_RDONLY);
	struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN },
		{ .fd = memory, .events = POLLPRI } };
	uint64_t killed = cgroup_count(cgroup, "memory.events", "oom_kill");

	while (pidfd >= 0) {
		int r = poll(p, 2, interval);
		if (r < 0 && errno != EINTR)
			return rt_fail(e, errno, "cannot watch container \"%s\"", m->state.id);
		uint64_t now = cgroup_count(cgroup, "memory.events", "oom_kill");
		if (now > killed && print_event("oom", m, false, e) != 0)
			return -1;
		killed = now > killed ? now : killed;
		if (r > 0 && p[0].revents)
			return 0;
		if (r == 0 && print_event("stats", m, true, e) != 0)
			return -1;
	}
	return 0;
}

int cmd_events(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct events_cli *cli = opts;
	int interval = 5000;

	(void)argc;
	if (cli->interval != NULL && milliseconds(cli->interval, &interval, e) != 0)
		return -1;
	AUTO_MANAGED m = { .dir = -1 };
	if (managed_open(g->root, argv[0], &m, e) != 0)
		return -1;
	fd_drop(&m.dir); /* the lock: whoever watches stops nobody */
	if (cli->stats)
		return print_event("stats", &m, true, e);
	return watch(&m, interval, e);
}
