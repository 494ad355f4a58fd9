/* inspect: all that is known of one unit. */
#include "system-runtime/supervise/request_call.h"

static void names(struct json_out *o, const char *key, const struct unit *u, bool required)
{
	jw_open(o, key, '[');
	for (const struct edge *d = u->needs; d != NULL; d = d->next_need) {
		if (d->required == required)
			jw_str(o, NULL, d->needed->name);
	}
	jw_close(o, ']');
}

static void needed_by(struct json_out *o, const struct unit *u)
{
	jw_open(o, "needed_by", '[');
	for (const struct edge *d = u->needed_by; d != NULL; d = d->next_needed_by)
		jw_str(o, NULL, d->needs->name);
	jw_close(o, ']');
}

/* A setting that is a list in JSON already; one that is not JSON has been told at its start. */
static void command(struct json_out *o, const char *json)
{
	struct rt_error ignored = { 0 };
	AUTO_MEM m = { 0 };
	struct strv args;

	if (json == NULL || json_list(&m, json, &args, &ignored) != 0)
		return;
	jw_open(o, "command", '[');
	for (size_t i = 0; i < args.n; i++)
		jw_str(o, NULL, args.v[i]);
	jw_close(o, ']');
}

static void text(struct json_out *o, const char *key, const char *value)
{
	if (value != NULL)
		jw_str(o, key, value);
}

static void ready(struct json_out *o, const struct unit *u)
{
	const struct settings *t = &u->set;

	if (!unit_waits_for_ready(u))
		return;
	jw_open(o, "ready", '{');
	if (t->ready_notify)
		jw_bool(o, "notify", true);
	if (t->ready_tcp != 0)
		jw_int(o, "tcp", t->ready_tcp);
	text(o, "file", t->ready_file);
	command(o, t->ready_command);
	jw_int(o, "timeout_ms", t->ready_ms);
	jw_close(o, '}');
}

static void health(struct json_out *o, const struct unit *u)
{
	static const char *const actions[] = { "restart", "reboot", "none" };
	const struct settings *t = &u->set;

	if (t->health_command == NULL && t->health_http == NULL)
		return;
	jw_open(o, "health", '{');
	command(o, t->health_command);
	text(o, "http", t->health_http);
	jw_int(o, "interval_ms", t->interval_ms);
	jw_int(o, "timeout_ms", t->health_ms);
	jw_int(o, "retries", t->retries);
	jw_str(o, "action", actions[t->health_action]);
	jw_int(o, "failed", u->unwell);
	jw_close(o, '}');
}

static void restart(struct json_out *o, const struct settings *t)
{
	static const char *const policies[] = { "never", "on-failure", "always" };

	jw_str(o, "restart", policies[t->restart]);
	jw_int(o, "restart_delay_ms", t->backoff.first_ms);
	jw_int(o, "restart_max_delay_ms", t->backoff.most_ms);
	if (t->backoff.limit > 0) {
		jw_int(o, "restart_limit", t->backoff.limit);
		jw_int(o, "restart_within_ms", t->backoff.within_ms);
	}
	jw_int(o, "healthy_after_ms", t->calm_ms);
}

static void log_of(struct json_out *o, const struct unit *u)
{
	jw_open(o, "log", '{');
	jw_int(o, "size", (int64_t)ring_size(&u->log));
	jw_int(o, "lines", (int64_t)ring_lines(&u->log));
	jw_int(o, "dropped", (int64_t)ring_dropped(&u->log));
	if (u->set.log_rate > 0)
		jw_int(o, "rate", u->set.log_rate);
	text(o, "file", u->set.log_file);
	jw_close(o, '}');
}

void show_inspect(struct call *k)
{
	static char buf[160 * 1024]; /* a thousand names, and memory.stat */
	struct json_out o = { .buf = buf, .size = sizeof(buf) };
	const struct unit *u = k->u;

	jw_open(&o, NULL, '{');
	jw_open(&o, "unit", '{');
	unit_body(&o, u);
	jw_str(&o, "id", u->id);
	jw_str(&o, "bundle", u->bundle);
	names(&o, "after", u, false);
	names(&o, "requires", u, true);
	needed_by(&o, u);
	restart(&o, &u->set);
	jw_int(&o, "stop_signal", u->set.stop_signal);
	jw_int(&o, "stop_grace_ms", u->set.grace_ms);
	if (u->set.timeout_ms > 0)
		jw_int(&o, "timeout_ms", u->set.timeout_ms);
	ready(&o, u);
	health(&o, u);
	jw_int(&o, "started_ms", (int64_t)u->started_ms);
	jw_int(&o, "ended_ms", (int64_t)u->ended_ms);
	log_of(&o, u);
	jw_close(&o, '}');
	unit_stats(&o, k->s, u);
	jw_close(&o, '}');
	if (o.full) {
		refuse(k->s, k->c, "there is more to say of it than fits an answer");
		return;
	}
	answer(k->s, k->c, &o);
	(void)answer_done(k->s, k->c);
}
