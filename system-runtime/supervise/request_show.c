/* What is asked about units, and the events. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/manage.h"
#include "system-runtime/supervise/request_call.h"

#include <fcntl.h>

static char buf[16384]; /* a unit with its memory.stat */

void unit_body(struct json_out *o, const struct unit *u)
{
	uint64_t now = now_ms();

	jw_str(o, "name", u->name);
	jw_str(o, "kind", kind_name(u->kind));
	jw_str(o, "state", unit_state_name(u->state));
	jw_int(o, "pid", u->pid);
	jw_int(o, "uptime_ms", u->pid ? (int64_t)(now - u->started_ms) : 0);
	jw_int(o, "restarts", u->restarts);
	jw_int(o, "exit_status", u->exit_status);
	jw_str(o, "cause", u->cause);
	jw_str(o, "reason", u->reason);
	if (u->status[0] != '\0')
		jw_str(o, "status", u->status);
}

void unit_json(struct json_out *o, const char *key, const struct unit *u)
{
	jw_open(o, key, '{');
	unit_body(o, u);
	jw_close(o, '}');
}

static enum more more_units(struct supervisor *s, struct client *c)
{
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	if (c->unit == NULL)
		return answer_done(s, c);
	jw_open(&o, NULL, '{');
	unit_json(&o, "unit", c->unit);
	jw_close(&o, '}');
	answer(s, c, &o);
	c->unit = c->unit->next;
	return MORE_GO_ON;
}

static void begin(struct call *k, enum more (*more)(struct supervisor *s, struct client *c))
{
	k->c->follow = false;
	k->c->unit = k->s->units;
	k->c->more = more;
	client_wake(k->s, k->c);
}

void show_ps(struct call *k)
{
	begin(k, more_units);
}

void show_events(struct call *k)
{
	k->c->events = true;
	k->c->events_of = k->u;
}

void unit_stats(struct json_out *o, const struct supervisor *s, const struct unit *u)
{
	struct rt_error ignored = { 0 };
	AUTO_MANAGED m = { .dir = -1 };

	if (!unit_is_alive(u) || managed_open(s->root, u->id, &m, &ignored) != 0)
		return;
	jw_open(o, "stats", '{');
	container_stats(&m, o);
	jw_close(o, '}');
}

static enum more more_stats(struct supervisor *s, struct client *c)
{
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	if (c->unit == NULL)
		return answer_done(s, c);
	jw_open(&o, NULL, '{');
	unit_json(&o, "unit", c->unit);
	unit_stats(&o, s, c->unit);
	jw_close(&o, '}');
	answer(s, c, &o);
	c->unit = c->unit->next;
	return MORE_GO_ON;
}

void show_stats(struct call *k)
{
	begin(k, more_stats);
}

void boot_note(struct unit *u)
{
	if (u->first_ms == 0)
		u->first_ms = u->started_ms;
	if (u->first_up_ms == 0 && u->state == UNIT_RUNNING)
		u->first_up_ms = now_ms();
	if (u->first_end_ms == 0 && u->first_ms != 0 && !unit_is_up(u))
		u->first_end_ms = u->ended_ms;
}

static enum more more_boot(struct supervisor *s, struct client *c)
{
	const struct unit *u = c->unit;
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	if (u == NULL)
		return answer_done(s, c);
	c->unit = u->next;
	if (u->first_ms == 0)
		return MORE_GO_ON;
	jw_open(&o, NULL, '{');
	jw_open(&o, "span", '{');
	jw_str(&o, "name", u->name);
	jw_str(&o, "kind", kind_name(u->kind));
	jw_str(&o, "state", unit_state_name(u->state));
	jw_int(&o, "begin_ms", (int64_t)u->first_ms);
	if (u->first_up_ms != 0)
		jw_int(&o, "up_ms", (int64_t)u->first_up_ms);
	if (u->first_end_ms != 0)
		jw_int(&o, "end_ms", (int64_t)u->first_end_ms);
	jw_close(&o, '}');
	jw_close(&o, '}');
	answer(s, c, &o);
	return MORE_GO_ON;
}

/* The stamps that init left: "NAME NANOSECONDS", each the end of a step. */
void show_boot(struct call *k)
{
	char text[4096], *save = NULL;

	if (k->r->last) {
		show_last_boot(k);
		return;
	}
	if (read_small(AT_FDCWD, "/run/slipway/boot-times", text, sizeof(text)) < 0)
		text[0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		struct json_out o = { .buf = buf, .size = sizeof(buf) };
		char *blank = strchr(line, ' ');
		if (blank == NULL)
			continue;
		*blank = '\0';
		jw_open(&o, NULL, '{');
		jw_open(&o, "stamp", '{');
		jw_str(&o, "name", line);
		jw_int(&o, "ms", (int64_t)(strtoull(blank + 1, NULL, 10) / 1000000));
		jw_close(&o, '}');
		jw_close(&o, '}');
		answer(k->s, k->c, &o);
	}
	begin(k, more_boot);
}
