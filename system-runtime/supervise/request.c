#include "system-runtime/supervise/request.h"
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/hearing.h"
#include "system-runtime/supervise/request_call.h"

#include <signal.h>

void answer(struct supervisor *s, struct client *c, struct json_out *o)
{
	jw_raw(o, "\n");
	if (!o->full)
		client_send(s, c, o->buf, o->len);
}

void refuse(struct supervisor *s, struct client *c, const char *text)
{
	char buf[2048];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	jw_open(&o, NULL, '{');
	jw_str(&o, "error", text);
	jw_close(&o, '}');
	answer(s, c, &o);
}

enum more answer_done(struct supervisor *s, struct client *c)
{
	client_send(s, c, "{\"ok\":true}\n", 12);
	return MORE_DONE;
}

static void done(struct call *k)
{
	(void)answer_done(k->s, k->c);
}

static void do_start(struct call *k)
{
	char text[400];

	if (k->s->phase >= PHASE_STOPPING) {
		refuse(k->s, k->c, "the machine is going down");
		return;
	}
	if (unit_is_up(k->u) || k->u->state == UNIT_BACKOFF) {
		refuse(k->s, k->c, "it runs already");
		return;
	}
	k->u->backoff = (struct backoff){ 0 };
	unit_event(k->s, k->u, EVENT_GO);
	if (k->u->state == UNIT_FAILED || k->u->state == UNIT_WAITING) {
		snprintf(text, sizeof(text), "%s: %s", unit_state_name(k->u->state), k->u->reason);
		refuse(k->s, k->c, text);
	} else
		done(k);
}

static void do_stop(struct call *k)
{
	unit_stop(k->s, k->u, INTENT_STOP);
	done(k);
}

static void do_restart(struct call *k)
{
	if (unit_is_up(k->u) && k->s->phase < PHASE_STOPPING) {
		unit_stop(k->s, k->u, INTENT_AGAIN);
		k->u->restarts++;
		done(k);
	} else {
		if (k->u->state == UNIT_BACKOFF)
			unit_event(k->s, k->u, EVENT_STOP);
		do_start(&(struct call){ k->s, k->c, k->r, k->u });
	}
}

static void do_kill(struct call *k)
{
	int sig = k->r->signal ? signal_number(k->r->signal) : SIGTERM;

	if (sig < 0)
		refuse(k->s, k->c, "there is no such signal");
	else if (unit_is_alive(k->u) && hearing_of(k->u->pid, sig) == DEAF)
		refuse(k->s, k->c,
			"its first process has no handler for this signal, and does not get it");
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

/* The loop ends, and main executes the program anew. */
static void do_upgrade(struct call *k)
{
	if (k->s->phase < PHASE_STOPPING)
		k->s->upgrade = true;
	done(k);
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

/* It is about one unit; or may be; the read-only socket refuses it. */
enum { NAMED = 1, MAY_NAME = 2, CHANGES = 4 };

static const struct {
	const char *cmd;
	unsigned flags;
	void (*run)(struct call *k);
} calls[] = {
	{ "ps", 0, show_ps },
	{ "logs", NAMED, show_logs },
	{ "stats", 0, show_stats },
	{ "inspect", NAMED, show_inspect },
	{ "boot", 0, show_boot },
	{ "events", MAY_NAME, show_events },
	{ "start", NAMED | CHANGES, do_start },
	{ "stop", NAMED | CHANGES, do_stop },
	{ "restart", NAMED | CHANGES, do_restart },
	{ "kill", NAMED | CHANGES, do_kill },
	{ "exec", NAMED | CHANGES, do_exec },
	{ "upgrade", CHANGES, do_upgrade },
	{ "poweroff", CHANGES, do_poweroff },
	{ "reboot", CHANGES, do_reboot },
	{ "halt", CHANGES, do_halt },
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
		bool named = (calls[i].flags & NAMED) ||
			     ((calls[i].flags & MAY_NAME) && r->name != NULL);
		k.u = named && r->name != NULL ? unit_find(s, r->name) : NULL;
		if (c->read_only && (calls[i].flags & CHANGES))
			refuse(s, c,
				"this socket is read-only; /run/svc/svc.sock takes the command");
		else if (named && r->name == NULL)
			refuse(s, c, "the request names no service");
		else if (named && k.u == NULL && calls[i].run == show_logs &&
			 strcmp(r->name, "kernel") == 0)
			show_kernel(&k);
		else if (named && k.u == NULL)
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
