#include "init/supervise.h"

#include "init/devices.h"
#include "init/line.h"
#include "init/log.h"
#include "init/shutdown.h"
#include "init/spawn.h"
#include "init/stage.h"
#include "init/sysfile.h"
#include "init/wait.h"
#include "init/watchdog.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* One line why, then the last lines of the step (docs/boot.md). */
#define BOOT_FAILED "/run/slipway/boot-failed"

enum {
	BACKOFF_FIRST = 200,  /* ms before the second restart in a row; the first is at once */
	BACKOFF_MOST = 30000, /* ms */
	STABLE_AFTER = 60,    /* seconds of life after which a crash counts as the first again */
	/* Cold plug begins so many ms after everything that needs no device has been started, and
	 * so many after the supervisor's start if that says nothing. */
	DEVICES_AFTER_STARTED = 200,
	DEVICES_AT_LATEST = 5000,
};

struct life {
	pid_t pid; /* 0: not running */
	uint64_t started, restart_at;
	unsigned crashes; /* in a row */
	enum request wanted;
	uint64_t deadline; /* when wanted */
};

static const struct {
	const char *name;
	int signal; /* what asks the supervisor for it */
} asks[] = {
	[REQUEST_NONE] = { "", 0 },
	[REQUEST_POWEROFF] = { "power off", SIGTERM },
	[REQUEST_REBOOT] = { "reboot", SIGINT },
	[REQUEST_HALT] = { "halt", SIGUSR1 },
};

static uint64_t backoff_ms(unsigned crashes)
{
	uint64_t ms = BACKOFF_FIRST;

	if (crashes <= 1)
		return 0;
	for (unsigned i = 2; i < crashes && ms < BACKOFF_MOST; i++)
		ms *= 2;
	return ms < BACKOFF_MOST ? ms : BACKOFF_MOST;
}

static enum request asked_by_exit(int status)
{
	if (!WIFEXITED(status))
		return REQUEST_NONE;
	switch (WEXITSTATUS(status)) {
	case SUPERVISOR_POWEROFF:
		return REQUEST_POWEROFF;
	case SUPERVISOR_REBOOT:
		return REQUEST_REBOOT;
	case SUPERVISOR_HALT:
		return REQUEST_HALT;
	default:
		return REQUEST_NONE;
	}
}

static void plan_restart(struct life *l, uint64_t now)
{
	if (now - l->started >= seconds(STABLE_AFTER))
		l->crashes = 0;
	l->crashes++;
	uint64_t ms = backoff_ms(l->crashes);
	l->restart_at = now + milliseconds(ms);
}

static void start(struct life *l)
{
	int line = line_open();
	pid_t pid = line < 0 ? -1 : spawn_supervisor(line);

	if (line >= 0)
		close(line);
	l->started = now_ns();
	if (devices_settled())
		line_say_settled();
	else
		devices_begin_by(l->started + milliseconds(DEVICES_AT_LATEST));
	if (pid > 0) {
		l->pid = pid;
		wait_watch(pid);
		return;
	}
	plan_restart(l, l->started);
	log_line(LOG_ERROR, "supervisor: %s; trying again in %u ms", fail_reason(),
		(unsigned)((l->restart_at - l->started) / 1000000u));
}

/* What it has left to say of a step of onboot. */
static void boot_failed(const struct bootconf *c)
{
	static char text[4096];
	ssize_t n = sysfile_read(BOOT_FAILED, text, sizeof(text));
	struct span rest = { text, n > 0 ? (size_t)n : 0 }, line;
	char why[300] = "";

	if (span_cut(&rest, '\n', &line))
		(void)span_copy(line, why, sizeof(why));
	while (span_cut(&rest, '\n', &line)) {
		char shown[300];

		if (span_copy(line, shown, sizeof(shown)))
			log_line(LOG_ERROR, "%s", shown);
	}
	(void)fail_why("%s", why[0] ? why : "the supervisor stopped the boot");
	stage_rescue(
		"onboot", "the lines above are its last; slipway.skip=NAME boots without it", c);
}

static void ended(struct life *l, int status, const struct bootconf *c)
{
	enum request r = asked_by_exit(status);
	uint64_t now = now_ns();

	l->pid = 0;
	if (r != REQUEST_NONE)
		machine_end(r);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SUPERVISOR_BOOT_FAILED)
		boot_failed(c);
	if (l->wanted != REQUEST_NONE) {
		log_line(LOG_ERROR, "supervisor: ended with status 0x%x while stopping services",
			(unsigned)status);
		machine_end(l->wanted);
	}
	plan_restart(l, now);
	log_line(LOG_ERROR,
		"supervisor: %s %d after %u s; services go on; starting it again in %u ms",
		WIFSIGNALED(status) ? "killed by signal" : "exited with status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		(unsigned)((now - l->started) / 1000000000u),
		(unsigned)((l->restart_at - now) / 1000000u));
}

static void request(struct life *l, enum request r, const struct bootconf *c)
{
	if (l->wanted == REQUEST_NONE) {
		l->deadline = now_ns() + seconds(c->shutdown);
		log_line(LOG_SAY, "%s: asking the supervisor to stop services (%u s at most)",
			asks[r].name, c->shutdown);
	}
	l->wanted = r;
	if (l->pid == 0)
		machine_end(r);
	(void)kill(l->pid, asks[r].signal);
}

static uint64_t next_deadline(const struct life *l)
{
	if (l->wanted != REQUEST_NONE)
		return l->deadline;
	return l->pid ? UINT64_MAX : l->restart_at;
}

static void heard(unsigned line)
{
	if (line & LINE_ALIVE)
		watchdog_feed();
	if ((line & LINE_DRIVERS) && devices_settled())
		line_say_settled(); /* it has executed its program anew */
	else if (line & LINE_DRIVERS)
		devices_begin_by(0);
	if (line & LINE_STARTED)
		devices_begin_by(now_ns() + milliseconds(DEVICES_AFTER_STARTED));
}

_Noreturn void supervise(const struct bootconf *c)
{
	struct life l = { 0 };
	struct wake w;

	log_line(LOG_SAY, "supervisor: starting");
	start(&l);
	stage_record("supervisor");
	for (;;) {
		uint64_t own = next_deadline(&l), plug = devices_deadline();

		wait_for(own < plug ? own : plug, &w);
		if (w.watched_ended)
			ended(&l, w.status, c);
		heard(w.line);
		devices_step(c);
		if (w.request != REQUEST_NONE)
			request(&l, w.request, c);
		uint64_t now = now_ns();
		if (l.wanted != REQUEST_NONE && now >= l.deadline) {
			log_line(LOG_ERROR, "supervisor: has not stopped within %u s: killing it",
				c->shutdown);
			(void)kill(l.pid, SIGKILL);
			machine_end(l.wanted);
		}
		if (l.pid == 0 && now >= l.restart_at)
			start(&l);
	}
}
