/* What is done when a unit's first process is gone, and when nothing of it is left. */
#include "system-runtime/container/cgroup.h"
#include "system-runtime/supervise/supervise.h"

#include <sys/epoll.h>

void unit_end_text(const struct unit *u, char *out, size_t size)
{
	int status = u->exit_status, n;

	if (status < 0)
		n = snprintf(out, size, "status unknown (started by a former supervisor)");
	else if (status > 128)
		n = snprintf(out, size, "signal %d (%s)", status - 128, strsignal(status - 128));
	else
		n = snprintf(out, size, "status %d", status);
	if (!u->starved || n <= 0 || (size_t)n >= size)
		return;
	n += snprintf(out + n, size - (size_t)n, ", killed by the kernel for memory");
	if (u->memory_limit > 0 && (size_t)n < size)
		snprintf(out + n, size - (size_t)n, " (its limit is %llu bytes)",
			(unsigned long long)u->memory_limit);
}

void unit_clean(struct supervisor *s, struct unit *u)
{
	timer_clear(&s->timers, &u->clock);
	timer_clear(&s->timers, &u->calm);
	timer_clear(&s->timers, &u->untold);
	unit_probe_stop(s, u);
	watch_drop(s, &u->left);
}

void unit_empty(struct supervisor *s, struct unit *u)
{
	struct rt_error e = { 0 };
	char text[700];

	unit_clean(s, u);
	if (container_delete(s->root, u->id, true, &e) != 0) {
		rt_error_text(&e, text, sizeof(text));
		console("%s %s: %s", kind_name(u->kind), u->name, text);
	}
	if (u->kind != UNIT_SERVICE)
		bundle_release(u);
	unit_settle(s, u);
}

static void on_events(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;

	(void)events;
	if (cgroup_populated(w->fd) <= 0)
		unit_event(s, u, EVENT_EMPTY);
}

/*
 * What the first process left behind goes with it. That may take the kernel a while, and one that
 * hangs in it takes for ever: the supervisor goes on meanwhile.
 */
void unit_gone(struct supervisor *s, struct unit *u)
{
	struct rt_error e;

	unit_drain(s, u);
	watch_drop(s, &u->pidfd);
	unit_clean(s, u);
	u->pid = 0;
	u->ended_ms = now_ms();
	u->starved = u->exit_status != 0 && unit_was_starved(s, u);
	u->left = (struct watch){ .fd = unit_kill_all(s, u), .ready = on_events, .owner = u };
	if (u->left.fd < 0 || watch_add(s, &u->left, EPOLLPRI, &e) != 0 ||
		cgroup_populated(u->left.fd) <= 0) {
		unit_empty(s, u);
		return;
	}
	u->state = UNIT_ENDING;
	unit_remember(s, u);
	timer_set(&s->timers, &u->clock, now_ms() + ENDING_MS);
}
