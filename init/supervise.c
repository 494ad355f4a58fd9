#include "init/supervise.h"

#include "init/log.h"
#include "init/rescue.h"
#include "init/shutdown.h"
#include "init/spawn.h"
#include "init/stage.h"
#include "init/wait.h"

#include <signal.h>
#include <sys/wait.h>

enum {
	BACKOFF_FIRST = 200,  /* ms before the second restart in a row; the first is at once */
	BACKOFF_MOST = 30000, /* ms */
	STABLE_AFTER = 60,    /* seconds of life after which a crash counts as the first again */
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
	pid_t pid = spawn_supervisor();

	l->started = now_ns();
	if (pid > 0) {
		l->pid = pid;
		wait_watch(pid);
		return;
	}
	plan_restart(l, l->started);
	log_line(LOG_ERROR, "supervisor: %s; trying again in %u ms", fail_reason(),
		(unsigned)((l->restart_at - l->started) / 1000000u));
}

static void ended(struct life *l, int status, const struct bootconf *c)
{
	enum request r = asked_by_exit(status);
	uint64_t now = now_ns();

	l->pid = 0;
	if (r != REQUEST_NONE)
		machine_end(r);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SUPERVISOR_BOOT_FAILED) {
		log_line(LOG_ERROR, "the boot has failed in the step of onboot named above");
		rescue(c);
	}
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

_Noreturn void supervise(const struct bootconf *c)
{
	struct life l = { 0 };
	struct wake w;

	log_line(LOG_SAY, "supervisor: starting");
	start(&l);
	stage_record("supervisor");
	for (;;) {
		wait_for(next_deadline(&l), &w);
		if (w.watched_ended)
			ended(&l, w.status, c);
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
