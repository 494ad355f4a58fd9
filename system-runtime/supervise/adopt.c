/* A new supervisor finds what its predecessor left: the containers must not notice. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/state/state.h"
#include "system-runtime/supervise/inherited.h"
#include "system-runtime/supervise/notify.h"
#include "system-runtime/supervise/supervise.h"

struct memory {
	struct opt_int intent, restarts, exit, wait, count, window, started;
	struct opt_int first, first_up, first_end, notify;
	const char *state, *cause, *reason;
	bool mounted;
};

static const struct field memory_fields[] = {
	FIELD_NEEDED(struct memory, state, F_STR),
	FIELD(struct memory, intent, F_INT),
	FIELD(struct memory, restarts, F_INT),
	FIELD(struct memory, exit, F_INT),
	FIELD(struct memory, wait, F_INT),
	FIELD(struct memory, count, F_INT),
	FIELD(struct memory, window, F_INT),
	FIELD(struct memory, started, F_INT),
	FIELD(struct memory, first, F_INT),
	FIELD(struct memory, first_up, F_INT),
	FIELD(struct memory, first_end, F_INT),
	FIELD(struct memory, cause, F_STR),
	FIELD(struct memory, notify, F_INT),
	FIELD(struct memory, reason, F_STR),
	FIELD(struct memory, mounted, F_BOOL),
};
static const struct table memory_table = TABLE(struct memory, memory_fields);

void unit_remember(struct supervisor *s, const struct unit *u)
{
	char name[NAME_MAX_UNIT + 8], text[4096];
	struct json_out o = { .buf = text, .size = sizeof(text) };

	snprintf(name, sizeof(name), "%s.unit", u->id);
	jw_open(&o, NULL, '{');
	jw_str(&o, "state", unit_state_name(u->state));
	jw_int(&o, "intent", u->intent);
	jw_int(&o, "restarts", u->restarts);
	jw_int(&o, "exit", u->exit_status);
	jw_int(&o, "wait", u->backoff.wait_ms);
	jw_int(&o, "count", u->backoff.count);
	jw_int(&o, "window", (int64_t)u->backoff.window_ms);
	jw_int(&o, "started", (int64_t)u->started_ms);
	jw_int(&o, "first", (int64_t)u->first_ms);
	jw_int(&o, "first_up", (int64_t)u->first_up_ms);
	jw_int(&o, "first_end", (int64_t)u->first_end_ms);
	jw_int(&o, "notify", (int64_t)u->notify_inode);
	jw_bool(&o, "mounted", u->mounted);
	jw_str(&o, "cause", u->cause);
	jw_str(&o, "reason", u->reason);
	jw_close(&o, '}');
	if (file_replace(s->run_dir, name, o.buf, o.len) != 0)
		console("%s %s: cannot remember its state: %s", kind_name(u->kind), u->name,
			strerror(errno));
}

/* false: there is nothing, or nothing that can be understood. */
static bool recall(struct supervisor *s, struct unit *u)
{
	char name[NAME_MAX_UNIT + 8];
	struct rt_error ignored = { 0 };
	AUTO_MEM m = { 0 };
	struct memory was = { 0 };

	snprintf(name, sizeof(name), "%s.unit", u->id);
	if (faccessat(s->run_dir, name, F_OK, 0) != 0 ||
		json_decode_file(&m, s->run_dir, name, &memory_table, &was, &ignored) != 0 ||
		unit_state_of(was.state) < 0 || was.intent.v < 0 || was.intent.v >= INTENTS)
		return false;
	u->state = (enum unit_state)unit_state_of(was.state);
	u->intent = (enum intent)was.intent.v;
	u->restarts = (unsigned)was.restarts.v;
	u->exit_status = (int)was.exit.v;
	u->backoff = (struct backoff){ .wait_ms = (uint32_t)was.wait.v,
		.count = (uint32_t)was.count.v,
		.window_ms = (uint64_t)was.window.v };
	u->started_ms = (uint64_t)was.started.v;
	u->first_ms = (uint64_t)was.first.v;
	u->first_up_ms = (uint64_t)was.first_up.v;
	u->first_end_ms = (uint64_t)was.first_end.v;
	u->mounted = was.mounted;
	/* What waits looks anew at what it waits for. */
	const char *cause = was.cause != NULL && u->state != UNIT_WAITING ? strdup(was.cause)
									  : NULL;
	u->cause = cause != NULL ? cause : u->cause;
	u->notify_inode = (uint64_t)was.notify.v;
	snprintf(u->reason, sizeof(u->reason), "%s", was.reason ? was.reason : "");
	return true;
}

/* 0 when the container runs and is watched now. */
static int take_over(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state st;

	if (state_open(s->root, u->id, &dir, e) != 0 || state_read(dir, u->id, &m, &st, e) != 0)
		return -1;
	AUTO_FD pidfd = state_pidfd(&st);
	u->pid = (pid_t)st.pid.v;
	if (pidfd < 0)
		return rt_fail(e, 0, "it ended meanwhile");
	return unit_watch(s, u, fd_take(&pidfd), (pid_t)st.pid.v, e);
}

static void adopt(struct supervisor *s, struct unit *u)
{
	struct rt_error e = { 0 };

	if (!recall(s, u))
		return;
	notify_inherit(s, u);
	if (u->state != UNIT_WAITING && unit_open_log(s, u, &e) != 0)
		console("%s %s: %s", kind_name(u->kind), u->name, e.what);
	if (u->state == UNIT_BACKOFF) {
		timer_set(&s->timers, &u->clock, now_ms() + u->backoff.wait_ms);
	} else if (u->state == UNIT_ENDING) {
		unit_gone(s, u);
	} else if (unit_is_up(u)) {
		u->exit_status = -1;
		if (take_over(s, u, &e) != 0) {
			unit_await_status(s, u);
			return;
		}
		unit_set(s, u, u->state, "takeover", "taken over, pid %d", (int)u->pid);
		if (u->state == UNIT_STOPPING)
			timer_set(&s->timers, &u->clock, now_ms() + u->set.grace_ms);
		else if (u->set.timeout_ms > 0)
			timer_set(&s->timers, &u->clock, u->started_ms + u->set.timeout_ms);
		if (u->state == UNIT_RUNNING) {
			timer_set(&s->timers, &u->calm, now_ms() + u->set.calm_ms);
			unit_watch_health(s, u);
		} else if (u->state == UNIT_STARTING) {
			unit_watch_ready(s, u);
		}
		if (notify_open(s, u, &e) != 0)
			console("%s %s: %s", kind_name(u->kind), u->name, e.what);
	}
}

void units_adopt(struct supervisor *s)
{
	for (struct unit *u = s->units; u != NULL; u = u->next)
		adopt(s, u);
	inherited_close(s);
	/* Those that were to stop when what needs them has stopped. */
	for (struct unit *u = s->units; u != NULL; u = u->next) {
		if ((u->state == UNIT_STARTING || u->state == UNIT_RUNNING) &&
			u->intent != INTENT_NONE)
			unit_event(s, u, EVENT_STOP);
	}
}
