/*
 * The life of a unit: a table of what happens in each state, and what follows its end. Every change
 * of state comes through here.
 */
#include "system-runtime/supervise/hearing.h"
#include "system-runtime/supervise/supervise.h"

#include <stdarg.h>
#include <sys/random.h>

/* A signal that is blocked at each of so many looks is one that the process reads. */
enum { LOOKS = 4, LOOK_MS = 5 };

bool unit_is_alive(const struct unit *u)
{
	return u->pid != 0;
}

void unit_set(struct supervisor *s, struct unit *u, enum unit_state st, const char *cause,
	const char *fmt, ...)
{
	va_list ap;

	u->state = st;
	u->cause = cause;
	va_start(ap, fmt);
	vsnprintf(u->reason, sizeof(u->reason), fmt, ap);
	va_end(ap);
	console("%s %s: %s%s%s", kind_name(u->kind), u->name, unit_state_name(st),
		u->reason[0] ? ", " : "", u->reason);
	boot_note(u);
	unit_remember(s, u);
	clients_event(s, u);
	if (u->ends_machine && (st == UNIT_EXITED || st == UNIT_FAILED || st == UNIT_BACKOFF))
		s->ended = u;
}

static void up(struct supervisor *s, struct unit *u)
{
	timer_clear(&s->timers, &u->clock);
	if (u->set.timeout_ms > 0)
		timer_set(&s->timers, &u->clock, u->started_ms + u->set.timeout_ms);
	timer_set(&s->timers, &u->calm, now_ms() + u->set.calm_ms);
	unit_watch_health(s, u);
	unit_tell(s, u);
}

static void ready(struct supervisor *s, struct unit *u)
{
	unit_set(s, u, UNIT_RUNNING, "ready", "pid %d, ready after %u ms", (int)u->pid,
		(unsigned)(now_ms() - u->started_ms));
	up(s, u);
	if (u->stop_asked)
		unit_event(s, u, EVENT_STOP);
}

/* The next start, later each time; false when there were too many. */
static bool back_off(struct supervisor *s, struct unit *u, const char *cause, const char *why)
{
	uint32_t random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK); /* 0 is as good this early */
	int64_t ms = backoff_next(&u->backoff, &u->set.backoff, now_ms(), random);
	if (ms < 0) {
		unit_set(s, u, UNIT_FAILED, "limit",
			"%.160s; restarted %u times in %u s: it stays down", why,
			u->set.backoff.limit, u->set.backoff.within_ms / 1000);
		return false;
	}
	timer_set(&s->timers, &u->clock, now_ms() + (uint64_t)ms);
	unit_set(s, u, UNIT_BACKOFF, cause, "%.200s, again in %u ms", why, (unsigned)ms);
	return true;
}

static bool wants_restart(const struct supervisor *s, const struct unit *u, bool failed)
{
	return u->kind == UNIT_SERVICE && s->phase <= PHASE_SERVICES &&
	       (u->set.restart == RESTART_ALWAYS ||
		       (u->set.restart == RESTART_ON_FAILURE && failed) ||
		       u->intent == INTENT_UNHEALTHY);
}

static void start(struct supervisor *s, struct unit *u)
{
	struct rt_error e = { 0 };
	char text[700];
	const struct edge *unmet = order_unmet(u);

	timer_clear(&s->timers, &u->clock);
	u->intent = INTENT_NONE;
	if (unmet != NULL) {
		unit_set(s, u, UNIT_WAITING, "dependency", "%s %s",
			unmet->required ? "requires" : "after", unmet->needed->name);
		return;
	}
	if (drivers_missing(s, u)) {
		if (strcmp(u->cause, CAUSE_DRIVERS) != 0)
			unit_set(s, u, UNIT_WAITING, CAUSE_DRIVERS, "for the drivers of devices");
		return;
	}
	u->restarts += u->state == UNIT_BACKOFF;
	u->exit_status = -1;
	u->status[0] = '\0';
	u->killed = u->starved = u->stop_asked = false;
	u->looks = 0;
	u->started_ms = now_ms();
	if (unit_launch(s, u, &e) == 0) {
		bool starting = unit_waits_for_ready(u);
		unit_set(s, u, starting ? UNIT_STARTING : UNIT_RUNNING, "started", "pid %d",
			(int)u->pid);
		if (starting)
			unit_watch_ready(s, u);
		else
			up(s, u);
		return;
	}
	u->ended_ms = now_ms();
	rt_error_text(&e, text, sizeof(text));
	ring_add(&u->log, ring_now(), text, strlen(text));
	if (!wants_restart(s, u, true) || !back_off(s, u, "error", text))
		if (u->state != UNIT_FAILED)
			unit_set(s, u, UNIT_FAILED, "error", "%s", text);
	unit_tell(s, u);
}

/* A deadline while its program runs. */
static void late(struct supervisor *s, struct unit *u)
{
	unit_stop(s, u, INTENT_LATE);
}

static void out_of_grace(struct supervisor *s, struct unit *u)
{
	if (u->killed) {
		unit_set(s, u, UNIT_STOPPING, "stuck", "killed, but it does not die");
		return;
	}
	unit_kill(s, u, "did not stop in time");
	timer_set(&s->timers, &u->clock, now_ms() + ENDING_MS);
}

static void given_up(struct supervisor *s, struct unit *u)
{
	unit_clean(s, u);
	unit_set(s, u, UNIT_FAILED, "stuck", "it left processes that do not die");
	unit_tell(s, u);
}

static void cancel(struct supervisor *s, struct unit *u)
{
	timer_clear(&s->timers, &u->clock);
	unit_set(s, u, UNIT_STOPPED, "told", "before its start");
	unit_tell(s, u);
}

static const char *const intent_causes[INTENTS] = { "exit", "dependency", "timeout", "health",
	"told", "told" };

static void stop_now(struct supervisor *s, struct unit *u, bool deaf)
{
	bool was_starting = u->state == UNIT_STARTING;

	u->stop_asked = false;
	u->looks = 0;
	timer_clear(&s->timers, &u->calm);
	unit_probe_stop(s, u);
	timer_set(&s->timers, &u->clock, now_ms() + u->set.grace_ms);
	/* First: a supervisor that took over "stopping" would not send it. */
	unit_signal(u);
	unit_set(s, u, UNIT_STOPPING, intent_causes[u->intent], "%s, signal %d",
		u->intent == INTENT_LATE ? was_starting ? "not ready in time" : "not done in time"
		: u->intent == INTENT_UNHEALTHY	 ? "unhealthy"
		: u->intent == INTENT_DEPENDENCY ? "what it requires is gone"
						 : "told to stop",
		u->set.stop_signal);
	if (deaf)
		unit_kill(s, u, "has no handler for its stop signal");
}

/* Those that need it stop first. */
static void stop(struct supervisor *s, struct unit *u)
{
	bool all = s->phase >= PHASE_STOPPING;

	u->stop_asked = true;
	for (struct edge *d = u->needed_by; d != NULL && !all; d = d->next_needed_by) {
		if (d->required && unit_is_up(d->needs))
			unit_stop(s, d->needs, INTENT_DEPENDENCY);
	}
	if (!order_may_stop(u, all)) {
		unit_remember(s, u); /* a supervisor to come stops it as well */
		return;
	}
	enum hearing h = hearing_of(u->pid, u->set.stop_signal);
	if (h == HEARING_UNSURE && ++u->looks < LOOKS)
		timer_set(&s->timers, &u->clock, now_ms() + LOOK_MS); /* late() comes back here */
	else
		stop_now(s, u, h == DEAF);
}

/* Told to stop when it is down already, or is going down. */
static void note(struct supervisor *s, struct unit *u)
{
	unit_remember(s, u);
}

static void (*const table[UNIT_STATES][UNIT_EVENTS])(struct supervisor *s, struct unit *u) = {
	[UNIT_WAITING] = { [EVENT_GO] = start, [EVENT_TIME] = start, [EVENT_STOP] = cancel },
	[UNIT_STARTING] = { [EVENT_READY] = ready,
		[EVENT_ENDED] = unit_gone,
		[EVENT_TIME] = late,
		[EVENT_STOP] = stop },
	[UNIT_RUNNING] = { [EVENT_ENDED] = unit_gone, [EVENT_TIME] = late, [EVENT_STOP] = stop },
	[UNIT_STOPPING] = { [EVENT_ENDED] = unit_gone,
		[EVENT_TIME] = out_of_grace,
		[EVENT_STOP] = note },
	[UNIT_ENDING] = { [EVENT_EMPTY] = unit_empty, [EVENT_TIME] = given_up, [EVENT_STOP] = note },
	[UNIT_BACKOFF] = { [EVENT_GO] = start, [EVENT_TIME] = start, [EVENT_STOP] = cancel },
	[UNIT_EXITED] = { [EVENT_GO] = start },
	[UNIT_FAILED] = { [EVENT_GO] = start },
	[UNIT_STOPPED] = { [EVENT_GO] = start },
};

void unit_event(struct supervisor *s, struct unit *u, enum unit_event ev)
{
	if (table[u->state][ev] != NULL)
		table[u->state][ev](s, u);
}

void unit_stop(struct supervisor *s, struct unit *u, enum intent intent)
{
	/* What an operator has said stands. */
	if (u->intent == INTENT_NONE || intent >= INTENT_STOP)
		u->intent = intent;
	unit_event(s, u, EVENT_STOP);
}

void unit_settle(struct supervisor *s, struct unit *u)
{
	char why[160];
	enum intent intent = u->intent;
	const char *cause = intent != INTENT_NONE  ? intent_causes[intent]
			    : u->starved	   ? "oom"
			    : u->exit_status > 128 ? "signal"
						   : "exit";
	bool failed = intent == INTENT_LATE || u->exit_status != 0;

	unit_end_text(u, why, sizeof(why));
	if (intent == INTENT_STOP)
		unit_set(s, u, UNIT_STOPPED, cause, "%s", why);
	else if (intent == INTENT_AGAIN)
		start(s, u);
	else if (intent == INTENT_DEPENDENCY)
		unit_set(s, u, UNIT_WAITING, cause, "%s, waits for what it requires", why);
	else if (wants_restart(s, u, failed))
		(void)back_off(s, u, cause, why);
	else
		unit_set(s, u, intent == INTENT_LATE ? UNIT_FAILED : UNIT_EXITED, cause, "%s%s",
			intent == INTENT_LATE ? "not in time, " : "", why);
	u->intent = INTENT_NONE;
	unit_tell(s, u);
	/* What it requires may be back already. */
	if (u->state == UNIT_WAITING && order_unmet(u) == NULL)
		timer_set(&s->timers, &u->clock, now_ms());
}

void unit_tell(struct supervisor *s, const struct unit *u)
{
	for (struct edge *d = u->needed_by; d != NULL; d = d->next_needed_by) {
		struct unit *other = d->needs;
		if (d->required && unit_is_up(other) && u->state != UNIT_RUNNING)
			unit_stop(s, other, INTENT_DEPENDENCY);
		/* From the loop, so that long chains do not nest. */
		if (other->state == UNIT_WAITING && s->phase == PHASE_SERVICES &&
			order_unmet(other) == NULL)
			timer_set(&s->timers, &other->clock, now_ms());
	}
	for (struct edge *d = u->needs; d != NULL; d = d->next_need) {
		if (d->needed->stop_asked && !unit_is_up(u))
			unit_event(s, d->needed, EVENT_STOP);
	}
}
