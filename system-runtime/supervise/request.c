#include "system-runtime/supervise/request.h"
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/supervise.h"

#include <signal.h>

struct call {
	struct supervisor *s;
	struct client *c;
	const struct request *r;
	struct unit *u; /* of r->name, when the command needs one */
};

static void answer(struct call *k, struct json_out *o)
{
	jw_raw(o, "\n");
	if (!o->full)
		client_send(k->s, k->c, o->buf, o->len);
}

static void refuse(struct supervisor *s, struct client *c, const char *text)
{
	char buf[2048];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };
	struct call k = { .s = s, .c = c };

	jw_open(&o, NULL, '{');
	jw_str(&o, "error", text);
	jw_close(&o, '}');
	answer(&k, &o);
}

static void done(struct call *k)
{
	client_send(k->s, k->c, "{\"ok\":true}\n", 12);
}

void unit_json(struct json_out *o, const char *key, const struct unit *u)
{
	uint64_t now = now_ms();

	jw_open(o, key, '{');
	jw_str(o, "name", u->name);
	jw_str(o, "kind", kind_name(u->kind));
	jw_str(o, "state", unit_state_name(u->state));
	jw_int(o, "pid", u->pid);
	jw_int(o, "uptime_ms", u->pid ? (int64_t)(now - u->started_ms) : 0);
	jw_int(o, "restarts", u->restarts);
	jw_int(o, "exit_status", u->exit_status);
	jw_str(o, "reason", u->reason);
	jw_close(o, '}');
}

static void do_ps(struct call *k)
{
	char buf[2048];

	for (const struct unit *u = k->s->units; u != NULL; u = u->next) {
		struct json_out o = { .buf = buf, .size = sizeof(buf) };
		jw_open(&o, NULL, '{');
		unit_json(&o, "unit", u);
		jw_close(&o, '}');
		answer(k, &o);
	}
	done(k);
}

static void do_logs(struct call *k)
{
	static char buf[LINE_MAX_LOG * 12 + 256];
	uint64_t at = ring_first(&k->u->log), skip = 0, n = 0;
	struct ring_line line;

	if (k->r->lines.set && k->r->lines.v >= 0) {
		for (uint64_t p = at; ring_next(&k->u->log, &p, &line);)
			n++;
		skip = n > (uint64_t)k->r->lines.v ? n - (uint64_t)k->r->lines.v : 0;
	}
	while (ring_next(&k->u->log, &at, &line)) {
		struct json_out o = { .buf = buf, .size = sizeof(buf) };
		if (skip > 0) {
			skip--;
			continue;
		}
		jw_open(&o, NULL, '{');
		jw_int(&o, "ms", (int64_t)line.ms);
		jw_strn(&o, "line", line.text, line.len);
		jw_close(&o, '}');
		answer(k, &o);
	}
	if (k->r->follow)
		k->c->follows = k->u;
	else
		done(k);
}

static void do_start(struct call *k)
{
	if (unit_is_alive(k->u) || k->u->state == UNIT_BACKOFF) {
		refuse(k->s, k->c, "it runs already");
		return;
	}
	k->u->backoff_ms = 0;
	unit_start(k->s, k->u);
	if (k->u->state == UNIT_FAILED)
		refuse(k->s, k->c, k->u->reason);
	else
		done(k);
}

static void do_stop(struct call *k)
{
	k->u->again = false;
	unit_stop(k->s, k->u);
	done(k);
}

static void do_restart(struct call *k)
{
	if (unit_is_alive(k->u)) {
		unit_stop(k->s, k->u);
		k->u->again = true;
		k->u->restarts++;
		done(k);
	} else {
		k->u->deadline_ms = 0;
		do_start(&(struct call){ k->s, k->c, k->r, k->u });
	}
}

static void do_kill(struct call *k)
{
	int sig = k->r->signal ? signal_number(k->r->signal) : SIGTERM;

	if (sig < 0)
		refuse(k->s, k->c, "there is no such signal");
	else if (!unit_is_alive(k->u) || sys_pidfd_signal(k->u->pidfd.fd, sig) != 0)
		refuse(k->s, k->c, "it does not run");
	else
		done(k);
}

static void do_exec(struct call *k)
{
	struct rt_error e = { 0 };
	char text[700];

	if (!unit_is_alive(k->u)) {
		refuse(k->s, k->c, "it does not run");
		return;
	}
	if (request_exec(k->s, k->c, k->r->args.v, k->r->args.n, k->u->id, k->r->tty, &e) != 0) {
		rt_error_text(&e, text, sizeof(text));
		refuse(k->s, k->c, text);
	}
}

static void do_events(struct call *k)
{
	k->c->events = true;
}

static void do_poweroff(struct call *k)
{
	done(k);
	shutdown_begin(k->s, EXIT_POWEROFF, "power off");
}

static void do_reboot(struct call *k)
{
	done(k);
	shutdown_begin(k->s, EXIT_REBOOT, "reboot");
}

static void do_halt(struct call *k)
{
	done(k);
	shutdown_begin(k->s, EXIT_HALT, "halt");
}

static const struct {
	const char *cmd;
	bool named;
	void (*run)(struct call *k);
} calls[] = {
	{ "ps", false, do_ps },
	{ "logs", true, do_logs },
	{ "start", true, do_start },
	{ "stop", true, do_stop },
	{ "restart", true, do_restart },
	{ "kill", true, do_kill },
	{ "exec", true, do_exec },
	{ "events", false, do_events },
	{ "poweroff", false, do_poweroff },
	{ "reboot", false, do_reboot },
	{ "halt", false, do_halt },
};

static void no_such_unit(struct supervisor *s, struct client *c, const char *name)
{
	char text[400];
	const struct unit *near = unit_nearest(s, name);

	snprintf(text, sizeof(text), "there is no service \"%.100s\"%s%s%s", name,
		near ? "; did you mean \"" : "", near ? near->name : "", near ? "\"?" : "");
	refuse(s, c, text);
}

static void dispatch(struct supervisor *s, struct client *c, const struct request *r)
{
	struct call k = { .s = s, .c = c, .r = r };

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		if (strcmp(calls[i].cmd, r->cmd) != 0)
			continue;
		if (calls[i].named && r->name == NULL) {
			refuse(s, c, "the request names no service");
			return;
		}
		k.u = calls[i].named ? unit_find(s, r->name) : NULL;
		if (calls[i].named && k.u == NULL)
			no_such_unit(s, c, r->name);
		else
			calls[i].run(&k);
		return;
	}
	refuse(s, c, "there is no such command");
}

void request_handle(struct supervisor *s, struct client *c, const char *line, size_t len)
{
	struct rt_error e = { 0 };
	AUTO_MEM m = { 0 };
	struct request r;
	char text[700];

	if (mem_open(&m, json_mem_size(len)) != 0) {
		refuse(s, c, "no memory");
	} else if (request_decode(&m, line, len, &r, &e) != 0) {
		rt_error_text(&e, text, sizeof(text));
		refuse(s, c, text);
	} else {
		dispatch(s, c, &r);
	}
}
