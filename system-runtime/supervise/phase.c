/* The machine's course: onboot one by one, services together, stop, onshutdown, the end. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/kernel_option.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>

/* "EXIT_CODE MS": how it ends, and when that began. No unit has such a name. */
#define SHUTDOWN_FILE "shutdown"

static void on_deadline(struct supervisor *s, void *owner);

static struct unit *first_of(const struct supervisor *s, enum unit_kind kind)
{
	struct unit *u = s->units;

	while (u != NULL && u->kind != kind)
		u = u->next;
	return u;
}

static struct unit *next_of(const struct unit *u)
{
	return u->next != NULL && u->next->kind == u->kind ? u->next : NULL;
}

static void boot_failed(struct supervisor *s, struct unit *u)
{
	bool reboot = u->set.on_failure == FAILURE_REBOOT;

	boot_report(u);
	console("onboot %s has failed, and its on_failure says: %s", u->name,
		reboot ? "reboot" : "stop here");
	if (reboot) {
		shutdown_begin(s, EXIT_REBOOT, "a step of onboot has failed");
	} else {
		s->exit_code = EXIT_BOOT_FAILED;
		s->phase = PHASE_DONE;
	}
}

/* The steps of onboot and onshutdown; false when the present one still runs. */
static bool step(struct supervisor *s)
{
	struct unit *u = s->step;

	if (u->state == UNIT_WAITING)
		unit_event(s, u, EVENT_GO);
	if (unit_is_up(u) || u->state == UNIT_WAITING)
		return false;
	s->step = next_of(u);
	if (u->kind == UNIT_ONBOOT && u->set.on_failure != FAILURE_CONTINUE && s->ended != u &&
		s->phase == PHASE_ONBOOT && (u->state == UNIT_FAILED || u->exit_status != 0))
		boot_failed(s, u);
	return true;
}

static void begin(struct supervisor *s, enum phase p, enum unit_kind k)
{
	s->phase = p;
	s->step = first_of(s, k);
}

static void services_started(const struct supervisor *s)
{
	unsigned n = 0, failed = 0, waiting = 0;

	for (struct unit *u = first_of(s, UNIT_SERVICE); u != NULL; u = next_of(u)) {
		n += u->state != UNIT_FAILED && u->state != UNIT_WAITING;
		failed += u->state == UNIT_FAILED;
		waiting += u->state == UNIT_WAITING;
	}
	console("%u services started%s", n, failed ? ", some failed: see svc ps" : "");
	if (waiting > 0)
		console("%u services wait for others", waiting);
	init_line_started(s);
}

static bool anything_up(const struct supervisor *s)
{
	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->kind != UNIT_ONSHUTDOWN && unit_is_up(u))
			return true;
	}
	return false;
}

static bool anything_waits_for_drivers(const struct supervisor *s)
{
	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->state == UNIT_WAITING && strcmp(u->cause, CAUSE_DRIVERS) == 0)
			return true;
	}
	return false;
}

void phase_drivers_there(struct supervisor *s)
{
	if (s->phase == PHASE_SERVICES && anything_waits_for_drivers(s))
		s->step = first_of(s, UNIT_SERVICE);
}

/*
 * slipway.exit-on: whoever started the virtual machine reads it from the console (docs/boot.md).
 * The kernel's log goes there a line at a time, while a line of ours may have another in it.
 */
static void machine_ends(struct supervisor *s)
{
	char line[300];
	const struct unit *u = s->ended;
	int n = snprintf(line, sizeof(line), "<3>supervise: exit-on: %s status %d\n", u->name,
		u->exit_status);
	AUTO_FD kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	console("exit-on: %s status %d", u->name, u->exit_status);
	if (kmsg >= 0)
		(void)!write(kmsg, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
	shutdown_begin(s, EXIT_POWEROFF, "slipway.exit-on");
}

bool phase_advance(struct supervisor *s)
{
	if (s->ended != NULL && s->phase < PHASE_STOPPING)
		machine_ends(s);
	switch (s->phase) {
	case PHASE_BEGIN:
		begin(s, PHASE_ONBOOT, UNIT_ONBOOT);
		return true;
	case PHASE_ONBOOT:
		if (s->step != NULL)
			return step(s);
		begin(s, PHASE_SERVICES, UNIT_SERVICE);
		return true;
	case PHASE_SERVICES: /* one at a time, so that events have their turn */
		if (s->step == NULL)
			return false;
		/* What waits for another is told when that changes. */
		if (s->step->state == UNIT_WAITING && strcmp(s->step->cause, "dependency") != 0)
			unit_event(s, s->step, EVENT_GO);
		s->step = next_of(s->step);
		if (s->step == NULL && !anything_waits_for_drivers(s))
			services_started(s);
		return s->step != NULL;
	case PHASE_STOPPING:
		if (anything_up(s))
			return false;
		begin(s, PHASE_ONSHUTDOWN, UNIT_ONSHUTDOWN);
		return true;
	case PHASE_ONSHUTDOWN:
		if (s->step != NULL)
			return step(s);
		s->phase = PHASE_DONE;
		return false;
	case PHASE_DONE:
		break;
	}
	return false;
}

/* Until what still runs is killed: every grace in full, as far as init's deadline allows. */
static uint32_t kill_after(const struct supervisor *s)
{
	char cmdline[4096];
	uint32_t grace = 0;

	if (read_small(AT_FDCWD, "/proc/cmdline", cmdline, sizeof(cmdline)) < 0)
		cmdline[0] = '\0';
	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		if (unit_is_up(u) && u->set.grace_ms > grace)
			grace = u->set.grace_ms;
	}
	return shutdown_kill_ms(grace, shutdown_seconds(cmdline) * 1000);
}

static void stop_all(struct supervisor *s, int exit_code, uint64_t since_ms)
{
	s->phase = PHASE_STOPPING;
	s->exit_code = exit_code;
	s->stopping_ms = since_ms;
	s->kill_ms = kill_after(s);
	s->deadline.fire = on_deadline;
	timer_set(&s->timers, &s->deadline, since_ms + s->kill_ms);
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->kind != UNIT_ONSHUTDOWN)
			unit_stop(s, u, INTENT_STOP);
	}
}

void shutdown_begin(struct supervisor *s, int exit_code, const char *why)
{
	char text[64];

	if (s->phase >= PHASE_STOPPING)
		return;
	console("%s: stopping", why);
	stop_all(s, exit_code, now_ms());
	int n = snprintf(
		text, sizeof(text), "%d %llu", exit_code, (unsigned long long)s->stopping_ms);
	/* Without it a supervisor to come would start services again. */
	(void)!file_replace(s->run_dir, SHUTDOWN_FILE, text, (size_t)n);
}

void shutdown_resume(struct supervisor *s)
{
	char text[64], *rest;

	if (read_small(s->run_dir, SHUTDOWN_FILE, text, sizeof(text)) <= 0)
		return;
	int exit_code = (int)strtol(text, &rest, 10);
	console("going on with the shutdown");
	stop_all(s, exit_code, strtoull(rest, NULL, 10));
}

static void kill_all(struct supervisor *s, uint64_t past_ms, const char *what)
{
	struct rt_error e;

	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if (!unit_is_up(u))
			continue;
		console("%s %s: still there after %u s: %s", kind_name(u->kind), u->name,
			(unsigned)(past_ms / 1000), what);
		(void)!container_kill(s->root, u->id, SIGKILL, true, &e);
	}
}

/* Whatever hangs, the machine goes down: init ends what is left. */
static void on_deadline(struct supervisor *s, void *owner)
{
	uint64_t past = now_ms() - s->stopping_ms, leave = s->kill_ms + SHUTDOWN_LEAVE_MS;
	uint64_t end = s->kill_ms + SHUTDOWN_END_MS;

	(void)owner;
	if (past < leave && s->phase == PHASE_STOPPING) {
		kill_all(s, past, "killed");
		timer_set(&s->timers, &s->deadline, s->stopping_ms + leave);
	} else if (past < end) {
		if (s->phase == PHASE_STOPPING)
			begin(s, PHASE_ONSHUTDOWN, UNIT_ONSHUTDOWN);
		timer_set(&s->timers, &s->deadline, s->stopping_ms + end);
	} else {
		kill_all(s, past, "given up");
		s->phase = PHASE_DONE;
	}
}
