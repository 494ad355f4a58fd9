/* When a unit is ready, and what is done when it is not well. */
#include "system-runtime/supervise/supervise.h"

bool unit_waits_for_ready(const struct unit *u)
{
	const struct settings *s = &u->set;

	return s->ready_notify || s->ready_tcp != 0 || s->ready_file != NULL ||
	       s->ready_command != NULL;
}

static bool is_watched(const struct unit *u)
{
	return u->set.health_command != NULL || u->set.health_http != NULL;
}

void unit_watch_ready(struct supervisor *s, struct unit *u)
{
	u->probe_wait_ms = 0;
	timer_set(&s->timers, &u->clock, u->started_ms + u->set.ready_ms);
	if (!u->set.ready_notify)
		timer_set(&s->timers, &u->probing, now_ms());
}

void unit_watch_health(struct supervisor *s, struct unit *u)
{
	u->unwell = 0;
	if (is_watched(u))
		timer_set(&s->timers, &u->probing, now_ms() + u->set.interval_ms);
}

void unit_unhealthy(struct supervisor *s, struct unit *u, const char *why)
{
	switch ((enum health_action)u->set.health_action) {
	case HEALTH_RESTART:
		unit_stop(s, u, INTENT_UNHEALTHY);
		break;
	case HEALTH_REBOOT:
		unit_set(s, u, u->state, "health", "unhealthy: %s; the machine reboots", why);
		shutdown_begin(s, EXIT_REBOOT, "a service is unhealthy");
		break;
	case HEALTH_NONE:
		unit_set(s, u, u->state, "health", "unhealthy: %s", why);
		break;
	}
}

void unit_probed(struct supervisor *s, struct unit *u, bool well)
{
	timer_clear(&s->timers, &u->probing);
	if (u->state == UNIT_STARTING && well) {
		unit_event(s, u, EVENT_READY);
	} else if (u->state == UNIT_STARTING) {
		unit_probe_again(s, u);
	} else if (u->state == UNIT_RUNNING) {
		timer_set(&s->timers, &u->probing, now_ms() + u->set.interval_ms);
		if (well && u->unwell >= u->set.retries)
			unit_set(s, u, u->state, "health", "healthy again");
		u->unwell = well ? 0 : u->unwell + 1;
		if (u->unwell == u->set.retries) {
			char why[64];
			snprintf(why, sizeof(why), "%u checks have failed", u->unwell);
			unit_unhealthy(s, u, why);
		}
	}
}
