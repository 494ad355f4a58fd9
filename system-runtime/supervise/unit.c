/* The life of a unit: start, end, restart, stop. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/state/state.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/wait.h>

bool unit_is_alive(const struct unit *u)
{
	return u->pid != 0;
}

/* What a new supervisor must know and the container's own state does not say. */
static void remember(struct supervisor *s, const struct unit *u)
{
	char name[NAME_MAX_UNIT + 8], text[2048];
	struct json_out o = { .buf = text, .size = sizeof(text) };

	snprintf(name, sizeof(name), "%s.unit", u->id);
	jw_open(&o, NULL, '{');
	jw_int(&o, "state", u->state);
	jw_int(&o, "restarts", u->restarts);
	jw_int(&o, "exit", u->exit_status);
	jw_int(&o, "policy", u->restart);
	jw_int(&o, "backoff", u->backoff_ms);
	jw_int(&o, "signal", u->stop_signal);
	jw_int(&o, "grace", u->grace_ms);
	jw_bool(&o, "mounted", u->mounted);
	jw_str(&o, "reason", u->reason);
	jw_close(&o, '}');
	if (file_replace(s->run_dir, name, o.buf, o.len) != 0)
		console("%s %s: cannot remember its state: %s", kind_name(u->kind), u->name,
			strerror(errno));
}

void unit_set(struct supervisor *s, struct unit *u, enum unit_state st, const char *fmt, ...)
{
	va_list ap;

	u->state = st;
	va_start(ap, fmt);
	vsnprintf(u->reason, sizeof(u->reason), fmt, ap);
	va_end(ap);
	console("%s %s: %s%s%s", kind_name(u->kind), u->name, unit_state_name(st),
		u->reason[0] ? ", " : "", u->reason);
	remember(s, u);
	clients_event(s, u);
}

static void on_process_exit(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;
	siginfo_t info = { 0 };
	int status = -1;

	(void)events;
	if (!u->adopted && waitid(P_PID, (id_t)u->pid, &info, WEXITED | WNOHANG) == 0) {
		if (info.si_pid == 0)
			return;
		status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	}
	unit_ended(s, u, status);
}

static int watch_process(
	struct supervisor *s, struct unit *u, int pidfd, pid_t pid, struct rt_error *e)
{
	u->pidfd.fd = pidfd;
	u->pidfd.ready = on_process_exit;
	u->pidfd.owner = u;
	u->pid = pid;
	return watch_add(s, &u->pidfd, EPOLLIN, e);
}

/* "SECONDS" or "SECONDS.FRACTION", below an hour. */
static int grace_ms(const char *text)
{
	unsigned long ms, place = 100;
	char *end;

	if (text == NULL || *text < '0' || *text > '9')
		return STOP_GRACE_MS;
	ms = strtoul(text, &end, 10) * 1000;
	for (char *c = end + 1; *end == '.' && *c >= '0' && *c <= '9' && place > 0; c++) {
		ms += (unsigned long)(*c - '0') * place;
		place /= 10;
	}
	return ms < 3600 * 1000 && end - text < 5 ? (int)ms : STOP_GRACE_MS;
}

static void read_annotations(struct unit *u, const struct spec *spec)
{
	const char *restart = annotation(spec, "io.slipway.restart");
	const char *sig = annotation(spec, "io.slipway.stop.signal");
	const char *grace = annotation(spec, "io.slipway.stop.grace");
	int number = sig ? signal_number(sig) : SIGTERM;

	u->restart = restart == NULL			  ? RESTART_NEVER
		     : strcmp(restart, "always") == 0	  ? RESTART_ALWAYS
		     : strcmp(restart, "on-failure") == 0 ? RESTART_ON_FAILURE
							  : RESTART_NEVER;
	u->stop_signal = number > 0 ? number : SIGTERM;
	u->grace_ms = grace_ms(grace);
	if (restart && u->restart == RESTART_NEVER && strcmp(restart, "never") != 0)
		console("%s: io.slipway.restart: \"%s\" is none of always, on-failure, never",
			u->name, restart);
	if (number < 0)
		console("%s: io.slipway.stop.signal: there is no signal \"%s\"", u->name, sig);
}

/* The supervisor is all but exempt from the OOM killer, and its children would be too. */
static int give_oom_score(const struct container *c, struct rt_error *e)
{
	char path[48];

	if (c->spec.process->oomScoreAdj.set)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)c->pid);
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return rt_fail(e, errno, "cannot set the OOM score");
	return 0;
}

static int launch(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	struct create_options o = create_defaults;
	struct container c;
	char cgroup[NAME_MAX_UNIT + 32];

	if (unit_open_log(s, u, e) != 0 || container_delete(s->root, u->id, true, e) != 0 ||
		bundle_prepare(u, e) != 0)
		return -1;
	AUTO_FD null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD out = unit_output_end(s, u);
	if (null < 0 || out < 0)
		return rt_fail(e, errno, "cannot open the output");
	snprintf(cgroup, sizeof(cgroup), "%s/%s",
		u->kind == UNIT_SERVICE ? "services" : kind_name(u->kind), u->name);
	o.root = s->root;
	o.id = u->id;
	o.bundle = u->bundle;
	o.default_cgroup = cgroup;
	o.stdio[0] = null;
	o.stdio[1] = o.stdio[2] = out;
	if (container_create(&o, &c, e) != 0)
		return -1;
	read_annotations(u, &c.spec);
	int r = unit_limit_log(s, u, &c.spec, e);
	if (r == 0)
		r = give_oom_score(&c, e);
	if (r == 0)
		r = bundle_bind_namespaces(u, c.pid, e);
	if (r == 0)
		r = container_start(&c, e);
	if (r == 0)
		r = watch_process(s, u, fd_take(&c.pidfd), c.pid, e);
	if (r != 0) {
		(void)sys_pidfd_signal(c.pidfd, SIGKILL); /* it may have ended by itself */
		(void)waitpid(c.pid, NULL, 0);
		u->pid = 0;
	}
	container_close(&c);
	return r;
}

static bool wants_restart(const struct supervisor *s, const struct unit *u, int status)
{
	return u->kind == UNIT_SERVICE && s->phase <= PHASE_SERVICES &&
	       (u->restart == RESTART_ALWAYS || (u->restart == RESTART_ON_FAILURE && status != 0));
}

void unit_back_off(struct supervisor *s, struct unit *u, const char *why)
{
	if (u->ended_ms - u->started_ms >= STABLE_MS)
		u->backoff_ms = 0;
	u->backoff_ms = u->backoff_ms == 0 ? BACKOFF_FIRST_MS : u->backoff_ms * 2;
	if (u->backoff_ms > BACKOFF_MOST_MS)
		u->backoff_ms = BACKOFF_MOST_MS;
	u->deadline_ms = now_ms() + u->backoff_ms;
	unit_set(s, u, UNIT_BACKOFF, "%s, again in %u ms", why, u->backoff_ms);
}

void unit_start(struct supervisor *s, struct unit *u)
{
	struct rt_error e = { 0 }, ignored = { 0 };
	char text[700];

	u->exit_status = -1;
	u->killed = u->adopted = u->again = false;
	u->deadline_ms = 0;
	u->started_ms = now_ms();
	if (launch(s, u, &e) == 0) {
		unit_set(s, u, UNIT_RUNNING, "pid %d", (int)u->pid);
		return;
	}
	u->ended_ms = now_ms();
	rt_error_text(&e, text, sizeof(text));
	ring_add(&u->log, ring_now(), text, strlen(text));
	(void)!container_delete(s->root, u->id, true, &ignored); /* the start's error counts */
	if (wants_restart(s, u, 1))
		unit_back_off(s, u, text);
	else
		unit_set(s, u, UNIT_FAILED, "%s", text);
}

void unit_ended(struct supervisor *s, struct unit *u, int status)
{
	struct rt_error e = { 0 };
	char why[128], text[700];
	bool told = u->state == UNIT_STOPPING;

	unit_drain(s, u);
	watch_drop(s, &u->pidfd);
	u->pid = 0;
	u->ended_ms = now_ms();
	u->deadline_ms = 0;
	u->exit_status = status;
	bool starved = status != 0 && unit_was_starved(s, u);
	/* What the first process left behind goes with it. */
	if (container_delete(s->root, u->id, true, &e) != 0) {
		rt_error_text(&e, text, sizeof(text));
		console("%s %s: %s", kind_name(u->kind), u->name, text);
	}
	if (status < 0)
		snprintf(why, sizeof(why), "status unknown (started by a former supervisor)");
	else if (status > 128)
		snprintf(why, sizeof(why), "signal %d (%s)", status - 128, strsignal(status - 128));
	else
		snprintf(why, sizeof(why), "status %d", status);
	if (starved)
		snprintf(why + strlen(why), sizeof(why) - strlen(why), ", out of memory");
	if (u->kind != UNIT_SERVICE)
		bundle_release(u);
	if (told && u->again) {
		unit_start(s, u);
	} else if (told) {
		unit_set(s, u, UNIT_STOPPED, "%s", why);
	} else if (wants_restart(s, u, status)) {
		unit_back_off(s, u, why);
	} else {
		unit_set(s, u, UNIT_EXITED, "%s", why);
	}
}
