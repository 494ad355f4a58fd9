/* The machine's course: onboot one by one, services together, stop, onshutdown, the end. */
#include "system-runtime/container/cgroup.h"
#include "system-runtime/supervise/supervise.h"

#include <signal.h>

/* Starts the next unit of kind that waits; false when all have ended. */
static bool step(struct supervisor *s, enum unit_kind kind)
{
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->kind != kind)
			continue;
		if (u->state == UNIT_WAITING)
			unit_start(s, u);
		if (unit_is_alive(u))
			return true;
	}
	return false;
}

static void start_services(struct supervisor *s)
{
	unsigned n = 0, failed = 0;

	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->kind != UNIT_SERVICE)
			continue;
		n++;
		if (u->state == UNIT_WAITING)
			unit_start(s, u);
		failed += u->state == UNIT_FAILED;
	}
	console("%u services started%s", n - failed, failed ? ", some failed: see svc ps" : "");
}

static bool anything_alive(const struct supervisor *s)
{
	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->kind != UNIT_ONSHUTDOWN && unit_is_alive(u))
			return true;
	}
	return false;
}

void phase_advance(struct supervisor *s)
{
	if (s->phase == PHASE_ONBOOT && !step(s, UNIT_ONBOOT)) {
		s->phase = PHASE_SERVICES;
		start_services(s);
	}
	if (s->phase == PHASE_STOPPING && !anything_alive(s))
		s->phase = PHASE_ONSHUTDOWN;
	if (s->phase == PHASE_ONSHUTDOWN && !step(s, UNIT_ONSHUTDOWN))
		s->phase = PHASE_DONE;
}

void shutdown_begin(struct supervisor *s, int exit_code, const char *why)
{
	if (s->phase >= PHASE_STOPPING)
		return;
	console("%s: stopping", why);
	s->phase = PHASE_STOPPING;
	s->exit_code = exit_code;
	s->deadline_ms = now_ms() + SHUTDOWN_TOTAL_MS;
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		u->again = false;
		unit_stop(s, u);
	}
}

/* Whatever hangs, the machine goes down: init kills what is left. */
void shutdown_deadline(struct supervisor *s)
{
	struct rt_error e;

	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (!unit_is_alive(u))
			continue;
		console("%s %s: still there after %d s: given up", kind_name(u->kind), u->name,
			SHUTDOWN_TOTAL_MS / 1000);
		(void)!container_kill(s->root, u->id, SIGKILL, true, &e);
	}
	s->deadline_ms = 0;
	s->phase = PHASE_DONE;
}
