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
#include <sys/timerfd.h>

/*
 * A unit that prints more than this in a slice is not read until the next one: its FIFO fills and
 * it waits, so that a flood of any speed costs the machine what 6.4 MB/s cost.
 */
enum { SLICE_MS = 20, SLICE_BYTES = 128 * 1024, FIFO_BYTES = 64 * 1024 };

struct ring_time ring_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct ring_time){ now_ms(),
		(uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000 };
}

static void show(struct unit *u)
{
	struct ring_line line;

	if (u->kind == UNIT_SERVICE)
		return;
	while (ring_next(&u->log, &u->shown, false, &line))
		console_output(u, line.text, line.len);
	ring_set_shown(&u->log, u->shown.seq);
}

/* After a takeover: from the first line that was not on the console yet. */
static void find_shown(struct unit *u)
{
	struct ring_cursor c = ring_begin(&u->log, UINT64_MAX, 0);
	struct ring_line line;

	do {
		u->shown = c;
	} while (c.seq < ring_shown(&u->log) && ring_next(&u->log, &c, false, &line));
}

static void on_slice(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct rt_error e;
	uint64_t times;

	(void)events;
	(void)!read(w->fd, &times, sizeof(times)); /* that it expired is all it says */
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->throttled && u->output.fd >= 0)
			(void)!watch_add(s, &u->output, EPOLLIN, &e); /* it is in the epoll */
		u->throttled = false;
	}
}

/* False where there is no timer: then it is read on. */
static bool wait_for_slice(struct supervisor *s)
{
	static const struct itimerspec slice = { .it_value.tv_nsec = SLICE_MS * 1000000L };
	struct rt_error e;

	if (s->slice.ready == NULL) {
		s->slice = (struct watch){ .fd = timerfd_create(
						   CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
			.ready = on_slice };
		if (s->slice.fd >= 0 && watch_add(s, &s->slice, EPOLLIN, &e) != 0)
			fd_drop(&s->slice.fd);
	}
	return s->slice.fd >= 0 && timerfd_settime(s->slice.fd, 0, &slice, NULL) == 0;
}

static void throttle(struct supervisor *s, struct unit *u, uint64_t ms, ssize_t n)
{
	struct rt_error e;

	if (ms - u->slice_ms >= SLICE_MS) {
		u->slice_ms = ms;
		u->in_slice = 0;
	}
	u->in_slice += (uint32_t)n;
	if (u->in_slice >= SLICE_BYTES && wait_for_slice(s) && watch_add(s, &u->output, 0, &e) == 0)
		u->throttled = true;
}

/* One read per event: a service that floods gets its turn and no more. */
static void on_output(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;
	struct ring_time now = ring_now();
	ssize_t n = ring_read(&u->log, w->fd, now);

	(void)events;
	if (n <= 0)
		return;
	show(u);
	log_file_write(s, u);
	clients_log(s, u);
	throttle(s, u, now.ms, n);
}

void unit_drain(struct supervisor *s, struct unit *u)
{
	ssize_t n;

	/* At most one FIFO full: what leftovers of the service write now may go on for ever. */
	for (ssize_t left = FIFO_BYTES; left > 0 && u->output.fd >= 0; left -= n) {
		n = ring_read(&u->log, u->output.fd, ring_now());
		if (n <= 0)
			break;
		show(u);
		log_file_write(s, u);
	}
	ring_end_line(&u->log, ring_now());
	show(u);
	log_file_write(s, u);
	clients_log(s, u);
}

static int open_ring(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	char name[NAME_MAX_UNIT + 8];

	snprintf(name, sizeof(name), "%s.log", u->id);
	if (ring_open(&u->log, s->run_dir, name, u->set.log_size, e) != 0)
		return -1;
	ring_limit(&u->log, u->set.log_rate);
	find_shown(u);
	log_file_open(s, u);
	return 0;
}

int unit_open_log(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	char name[NAME_MAX_UNIT + 8];

	if (u->log.head == NULL && open_ring(s, u, e) != 0)
		return -1;
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
