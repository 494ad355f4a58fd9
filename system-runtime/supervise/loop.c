#include "base/auto_fd.h"
#include "system-runtime/supervise/supervise.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int watch_add(struct supervisor *s, struct watch *w, uint32_t events, struct rt_error *e)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, w->fd, &ev) != 0 &&
		(errno != EEXIST || epoll_ctl(s->epoll, EPOLL_CTL_MOD, w->fd, &ev) != 0))
		return rt_fail(e, errno, "cannot watch a descriptor");
	return 0;
}

void watch_drop(struct supervisor *s, struct watch *w)
{
	if (w->fd >= 0)
		(void)epoll_ctl(
			s->epoll, EPOLL_CTL_DEL, w->fd, NULL); /* closing removes it as well */
	fd_drop(&w->fd);
}

static int next_timeout(const struct supervisor *s)
{
	uint64_t first = s->deadline_ms, now = now_ms();

	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->deadline_ms != 0 && (first == 0 || u->deadline_ms < first))
			first = u->deadline_ms;
	}
	if (first == 0)
		return -1;
	return first <= now ? 0 : first - now > 60000 ? 60000 : (int)(first - now);
}

static void run_deadlines(struct supervisor *s)
{
	uint64_t now = now_ms();

	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->deadline_ms != 0 && u->deadline_ms <= now) {
			u->deadline_ms = 0;
			unit_deadline(s, u);
		}
	}
	if (s->deadline_ms != 0 && s->deadline_ms <= now)
		shutdown_deadline(s);
}

int loop_run(struct supervisor *s)
{
	/* One event at a time: what a handler closes cannot be in a batch that was read before. */
	struct epoll_event ev;

	while (s->phase != PHASE_DONE) {
		int n = epoll_wait(s->epoll, &ev, 1, next_timeout(s));
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 1) {
			struct watch *w = ev.data.ptr;
			w->ready(s, w, ev.events);
		}
		run_deadlines(s);
		phase_advance(s);
	}
	return 0;
}
