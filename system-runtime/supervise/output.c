/*
 * What a unit prints. Its stdout and stderr are a named FIFO, opened for reading and writing on
 * both sides: the container keeps it alive itself, so that a supervisor that dies neither ends it
 * with SIGPIPE nor loses what is in it; the next supervisor opens the same FIFO.
 */
#include "base/auto_fd.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>

static void add_line(struct supervisor *s, struct unit *u)
{
	uint64_t ms = now_ms();
	size_t len = u->line_len;

	if (len > 0 && u->line[len - 1] == '\r')
		len--;
	ring_add(&u->log, ms, u->line, len);
	if (u->kind != UNIT_SERVICE)
		console_output(u, u->line, len);
	clients_log(s, u, ms, u->line, len);
	u->line_len = 0;
}

static void take(struct supervisor *s, struct unit *u, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n') {
			add_line(s, u);
			continue;
		}
		u->line[u->line_len++] = data[i];
		if (u->line_len == sizeof(u->line))
			add_line(s, u);
	}
}

/* One read per event: a service that floods gets its turn and no more. */
static void on_output(struct supervisor *s, struct watch *w, uint32_t events)
{
	static char buf[16384];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)events;
	if (n > 0)
		take(s, w->owner, buf, (size_t)n);
}

void unit_drain(struct supervisor *s, struct unit *u)
{
	static char buf[16384];
	ssize_t n;

	/* At most one FIFO full: what leftovers of the service write now may go on for ever. */
	for (int i = 0;
		i < 8 && u->output.fd >= 0 && (n = read(u->output.fd, buf, sizeof(buf))) > 0; i++)
		take(s, u, buf, (size_t)n);
	if (u->line_len > 0)
		add_line(s, u);
}

int unit_open_log(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	char name[NAME_MAX_UNIT + 8];

	if (u->log.head == NULL) {
		snprintf(name, sizeof(name), "%s.log", u->id);
		if (ring_open(&u->log, s->run_dir, name, e) != 0)
			return -1;
	}
	if (u->output.fd >= 0)
		return 0;
	snprintf(name, sizeof(name), "%s.out", u->id);
	if (mkfifoat(s->run_dir, name, 0600) != 0 && errno != EEXIST)
		return rt_fail(e, errno, "cannot make the FIFO %s", name);
	u->output.fd = openat(s->run_dir, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (u->output.fd < 0)
		return rt_fail(e, errno, "cannot open the FIFO %s", name);
	u->output.ready = on_output;
	u->output.owner = u;
	return watch_add(s, &u->output, EPOLLIN, e);
}

int unit_output_end(struct supervisor *s, const struct unit *u)
{
	char name[NAME_MAX_UNIT + 8];

	snprintf(name, sizeof(name), "%s.out", u->id);
	return openat(s->run_dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}
