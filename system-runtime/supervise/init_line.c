/* The supervisor's end of the line to PID 1: docs/boot.md, "Init and the supervisor". */
#include "system-runtime/common/file.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/supervise/last_boot.h"
#include "system-runtime/supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

enum { ALIVE_MS = 10000 }; /* a third of the shortest watchdog's time */

static void say(const struct supervisor *s, char what)
{
	if (s->init.fd >= 0)
		(void)!write(s->init.fd, &what, 1); /* full: init has enough to read */
}

static void settled(struct supervisor *s)
{
	s->settled = true;
	phase_drivers_there(s);
}

/* PID 1 may have been quicker than the pidfd; or it is another process that had this number. */
static bool has_ended(const struct unit *u)
{
	struct pollfd p = { .fd = u->pidfd.fd, .events = POLLIN };

	return u->untold.place != 0 || (p.fd >= 0 && poll(&p, 1, 0) == 1);
}

static void on_ended(struct supervisor *s, int fd)
{
	struct {
		pid_t pid;
		int status;
	} m;

	if (read(fd, &m, sizeof(m)) != (ssize_t)sizeof(m))
		return;
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->pid != m.pid || !has_ended(u))
			continue;
		u->exit_status = WIFEXITED(m.status) ? WEXITSTATUS(m.status)
						     : 128 + WTERMSIG(m.status);
		unit_event(s, u, EVENT_ENDED);
		return;
	}
}

static void on_line(struct supervisor *s, struct watch *w, uint32_t events)
{
	char kind;
	ssize_t n = read(w->fd, &kind, 1);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && kind == 'E')
		on_ended(s, w->fd);
	if (n > 0 && kind != 'D')
		return;
	if (n <= 0)
		watch_drop(s, w); /* nobody will tell */
	else
		last_boot_keep();
	settled(s);
}

void init_line_give(const struct supervisor *s, struct unit *u)
{
	if (u->notify.fd >= 0 && !u->notify_kept && s->init.fd >= 0)
		u->notify_kept = fds_send(s->init.fd, "k", 1, &u->notify.fd, 1) == 1;
}

static void on_alive(struct supervisor *s, void *owner)
{
	(void)owner;
	say(s, '.');
	for (struct unit *u = s->units; u != NULL; u = u->next)
		init_line_give(s, u); /* for which the line was full */
	if (s->listeners[1].fd < 0) {
		socket_open(s);
		/* Where that could not be, neither could logs and states: opened anew. */
		s->upgrade = s->listeners[1].fd >= 0;
	}
	timer_set(&s->timers, &s->alive, now_ms() + ALIVE_MS);
}

void init_line_open(struct supervisor *s)
{
	const char *text = getenv("SLIPWAY_INIT");
	struct rt_error e;
	int fd = text != NULL && text[0] >= '3' && text[0] <= '9' && !text[1] ? text[0] - '0' : -1;

	s->init = (struct watch){ .fd = -1 };
	s->settled = true;
	if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return; /* tests, and others' init */
	s->init = (struct watch){ .fd = fd, .ready = on_line };
	if (watch_add(s, &s->init, EPOLLIN, &e) != 0)
		return;
	s->settled = false;
	s->alive.fire = on_alive;
	on_alive(s, NULL);
}

void init_line_started(const struct supervisor *s)
{
	say(s, 's');
}

bool drivers_missing(struct supervisor *s, const struct unit *u)
{
	if (s->settled || !u->needs_drivers)
		return false;
	if (!s->asked)
		say(s, 'd');
	s->asked = true;
	return true;
}
