/* Units (unit.c) whose machine is played: no process, no cgroup, a clock of the test's own. */
#ifndef TESTS_UNIT_PLAYED_H
#define TESTS_UNIT_PLAYED_H

#include "system-runtime/supervise/hearing.h"
#include "system-runtime/supervise/supervise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { UNITS = 12 };

static struct supervisor s;
static struct unit units[UNITS];
static uint64_t now;
static char signals[UNITS + 1];	      /* whom a stop signal reached, in order */
static enum intent remembered[UNITS]; /* what a supervisor to come knows */
static unsigned kills;
static unsigned unsure;	     /* so many looks do not tell */
static enum hearing hearing; /* what the next one does */
static bool launch_fails;

uint64_t now_ms(void)
{
	return now;
}
void console(const char *fmt, ...)
{
	(void)fmt;
}
const char *kind_name(enum unit_kind k)
{
	(void)k;
	return "service";
}
void boot_note(struct unit *u)
{
	(void)u;
}
void unit_remember(struct supervisor *sup, const struct unit *u)
{
	(void)sup;
	remembered[u - units] = u->intent;
}
void clients_event(struct supervisor *sup, const struct unit *u)
{
	(void)sup;
	(void)u;
}
bool unit_waits_for_ready(const struct unit *u)
{
	return u->set.ready_notify;
}
void unit_watch_ready(struct supervisor *sup, struct unit *u)
{
	timer_set(&sup->timers, &u->clock, now + u->set.ready_ms);
}
void unit_watch_health(struct supervisor *sup, struct unit *u)
{
	(void)sup;
	(void)u;
}
void unit_probe_stop(struct supervisor *sup, struct unit *u)
{
	(void)sup;
	(void)u;
}
bool drivers_missing(struct supervisor *sup, const struct unit *u)
{
	(void)sup;
	(void)u;
	return false;
}
struct ring_time ring_now(void)
{
	return (struct ring_time){ now, now };
}
int unit_launch(struct supervisor *sup, struct unit *u, struct rt_error *e)
{
	(void)sup;
	/* Nobody runs whose needs are not met. */
	assert_null(order_unmet(u));
	if (launch_fails)
		return rt_fail(e, 0, "no such program");
	u->pid = 1;
	return 0;
}
enum hearing hearing_of(pid_t pid, int sig)
{
	(void)pid;
	(void)sig;
	if (unsure == 0)
		return hearing;
	unsure--;
	return HEARING_UNSURE;
}
void unit_signal(const struct unit *u)
{
	size_t n = strlen(signals);

	/* Who takes over "stopping" does not send it again. */
	assert_int_not_equal(u->state, UNIT_STOPPING);
	if (n < UNITS)
		signals[n] = (char)('a' + (u - units));
}
void unit_kill(struct supervisor *sup, struct unit *u, const char *why)
{
	(void)sup;
	(void)why;
	u->killed = true;
	kills++;
}
void unit_clean(struct supervisor *sup, struct unit *u)
{
	timer_clear(&sup->timers, &u->clock);
	timer_clear(&sup->timers, &u->calm);
}
void unit_empty(struct supervisor *sup, struct unit *u)
{
	unit_clean(sup, u);
	unit_settle(sup, u);
}
void unit_gone(struct supervisor *sup, struct unit *u)
{
	u->pid = 0;
	u->ended_ms = now;
	unit_empty(sup, u);
}
void unit_end_text(const struct unit *u, char *out, size_t size)
{
	snprintf(out, size, "status %d", u->exit_status);
}

static void on_clock(struct supervisor *sup, void *owner)
{
	unit_event(sup, owner, EVENT_TIME);
}

static void on_calm(struct supervisor *sup, void *owner)
{
	struct unit *u = owner;

	(void)sup;
	backoff_calm(&u->backoff);
}

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(units, 0, sizeof(units));
	memset(signals, 0, sizeof(signals));
	memset(remembered, 0, sizeof(remembered));
	now = 1000;
	kills = unsure = 0;
	hearing = HEARS;
	launch_fails = false;
	s.phase = PHASE_SERVICES;
	assert_int_equal(timers_reserve(&s.timers, UNITS * TIMERS_OF_UNIT), 0);
	for (int i = 0; i < UNITS; i++) {
		struct unit *u = &units[i];
		u->kind = UNIT_SERVICE;
		u->set = settings_default;
		u->cause = "";
		u->clock = (struct timer){ .fire = on_clock, .owner = u };
		u->calm = (struct timer){ .fire = on_calm, .owner = u };
		if (i > 0)
			units[i - 1].next = u;
	}
	s.units = units;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < UNITS; i++) {
		while (units[i].needs != NULL) {
			struct edge *next = units[i].needs->next_need;
			free(units[i].needs);
			units[i].needs = next;
		}
	}
	free(s.timers.heap);
	return 0;
}

#endif
