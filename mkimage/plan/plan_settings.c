/*
 * Slipway's own keys of a container -> annotations of config.json, in one form
 * (docs/svc-protocol.md): io.slipway.KEY, and io.slipway.KEY.PART for the parts of a map. Texts and
 * numbers as they are, times in seconds, sizes in bytes, lists as JSON.
 */
#include "mkimage/plan/plan_impl.h"

#include "base/json.h"
#include "yaml/fields.h"

#include <string.h>

struct settings {
	struct planner *pl;
	struct service *s;
	const char *key;
};

static void put(const struct settings *t, const char *part, const char *value)
{
	const char *name = arena_fmt(
		t->pl->mem, "io.slipway.%s%s%s", t->key, *part ? "." : "", part);
	if (value)
		plan_set(t->pl->mem, &t->s->annotations, name, value);
}

static void put_number(const struct settings *t, const char *part, const struct y_int *v)
{
	if (v->set)
		put(t, part, arena_fmt(t->pl->mem, "%lld", (long long)v->v));
}

static void put_time(const struct settings *t, const char *part, const struct y_int *v)
{
	if (v->set)
		put(t, part, quantity_text(t->pl->mem, FIELD_TIME, v->v));
}

static void put_list(const struct settings *t, const char *part, const struct y_list *l)
{
	size_t len;
	if (!l->set)
		return;
	yyjson_mut_doc *doc = json_new(t->pl->mem);
	yyjson_mut_val *list = yyjson_mut_arr(doc);
	yyjson_mut_doc_set_root(doc, list);
	for (size_t i = 0; i < l->len; i++)
		yyjson_mut_arr_add_str(doc, list, l->items[i].v);
	put(t, part, json_write(t->pl->mem, doc, 0, &len));
}

/* Slipway's services are restarted unless told otherwise; LinuxKit never restarts one. */
static void put_restart(struct settings *t, const struct restart_options *o)
{
	t->key = "restart";
	put(t, "", o->policy.v ? o->policy.v : o->set || t->pl->slipway ? "always" : NULL);
	put_time(t, "delay", &o->delay);
	put_time(t, "max_delay", &o->max_delay);
	put_number(t, "limit", &o->limit);
	put_time(t, "within", &o->within);
}

static void put_watch(struct settings *t, const struct service_options *o)
{
	t->key = "ready";
	if (o->ready.notify.v)
		put(t, "notify", "true");
	put_number(t, "tcp", &o->ready.tcp);
	put(t, "file", o->ready.file.v);
	put_list(t, "command", &o->ready.command);
	put_time(t, "timeout", &o->ready.timeout);
	t->key = "health";
	put_list(t, "command", &o->health.command);
	put(t, "http", o->health.http.v);
	put_time(t, "interval", &o->health.interval);
	put_time(t, "timeout", &o->health.timeout);
	put_number(t, "retries", &o->health.retries);
	put(t, "action", o->health.action.v);
}

static void put_landlock(struct settings *t, const struct landlock_options *o)
{
	t->key = "landlock";
	put_list(t, "read", &o->read);
	put_list(t, "write", &o->write);
	put_list(t, "execute", &o->execute);
	put_list(t, "bind", &o->bind);
	put_list(t, "connect", &o->connect);
}

/* Only the machine knows the numbers of a device that is named by its path. */
static void put_device_limits(struct settings *t, const struct io_limits *l)
{
	t->key = "limits";
	for (size_t i = 0; i < l->len; i++) {
		const struct io_limit *io = &l->items[i];
		if (io->device.v[0] != '/')
			continue;
		const char *name = arena_fmt(t->pl->mem, "io.%s", io->device.v);
		put_number(t, arena_fmt(t->pl->mem, "%s.read", name), &io->read);
		put_number(t, arena_fmt(t->pl->mem, "%s.write", name), &io->write);
		put_number(t, arena_fmt(t->pl->mem, "%s.read_ops", name), &io->read_ops);
		put_number(t, arena_fmt(t->pl->mem, "%s.write_ops", name), &io->write_ops);
	}
}

void plan_settings(struct planner *pl, const struct service_options *o, struct service *s)
{
	struct settings t = { .pl = pl, .s = s };
	if (s->section == SECTION_SERVICE) {
		put_restart(&t, &o->restart);
		t.key = "after";
		put_list(&t, "", &o->after);
		t.key = "requires";
		put_list(&t, "", &o->requires);
		put_watch(&t, o);
		t.key = "healthy_after";
		put_time(&t, "", &o->healthy_after);
	} else {
		t.key = "timeout";
		put_time(&t, "", &o->timeout);
		t.key = "on_failure";
		put(&t, "", o->on_failure.v);
	}
	t.key = "stop";
	put(&t, "signal", o->stop.signal.v);
	put_time(&t, "grace", &o->stop.grace);
	t.key = "log";
	put_number(&t, "size", &o->log.size);
	put_number(&t, "rate", &o->log.rate);
	put(&t, "file", o->log.file.v);
	put_number(&t, "file_size", &o->log.file_size);
	put_number(&t, "files", &o->log.files);
	put_landlock(&t, &o->landlock);
	put_device_limits(&t, &o->limits.io);
	s->limits = o->limits;
}
