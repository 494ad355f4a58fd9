#include "base/auto_fd.h"
#include "system-runtime/supervise/supervise.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

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

/* The clock's descriptor alone wakes the loop for deadlines, also after a suspend. */
static void arm(struct supervisor *s)
{
	uint64_t first = s->timers.n > 0 ? s->timers.heap[0]->at_ms : 0;
	struct itimerspec t = { 0 };

	if (first == s->armed_ms)
		return;
	s->armed_ms = first;
	t.it_value.tv_sec = (time_t)(first / 1000);
	t.it_value.tv_nsec = (long)(first % 1000) * 1000000;
	(void)timerfd_settime(s->clock.fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void on_clock(struct supervisor *s, struct watch *w, uint32_t events)
{
	uint64_t times;

	(void)events;
	(void)!read(w->fd, &times, sizeof(times));
	s->armed_ms = 0;
}

int clock_open(struct supervisor *s, struct rt_error *e)
{
	s->clock = (struct watch){ .fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
		.ready = on_clock };
	if (s->clock.fd < 0)
		return rt_fail(e, errno, "cannot make a timer");
	return watch_add(s, &s->clock, EPOLLIN, e);
}

int loop_run(struct supervisor *s)
{
	/* One event at a time: what a handler closes cannot be in a batch that was read before. */
	struct epoll_event ev;
	struct timer *due;
	bool more = true;

	while (s->phase != PHASE_DONE && !s->upgrade) {
		arm(s);
		int n = epoll_wait(s->epoll, &ev, 1, more ? 0 : -1);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 1) {
			struct watch *w = ev.data.ptr;
			w->ready(s, w, ev.events);
		}
		uint64_t now = now_ms();
		while ((due = timers_due(&s->timers, now)) != NULL)
			due->fire(s, due->owner);
		more = phase_advance(s);
	}
	return 0;
}
