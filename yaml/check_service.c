/* Checks of Slipway's own keys: what belongs together, and to which containers. */
#include "yaml/check.h"

void check_restart_delays(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct restart_options *o = item;
	(void)map;
	if (o->delay.set && o->max_delay.set && o->delay.v > o->max_delay.v)
		reader_fail(r, o->delay.at, "make it shorter, or \"max_delay\" longer",
			"\"delay\" is longer than \"max_delay\"");
	if (o->within.set && !o->limit.set)
		reader_mistake(r, o->within.at, "add `limit:`",
			"\"within\" does nothing without \"limit\"");
}

struct way {
	const char *name;
	struct pos at;
	bool is;
};

/* Exactly one of the ways. */
static void check_ways(struct reader *r, const char *key, struct pos at, const struct way *ways,
	size_t len, const char *hint)
{
	const char *first = NULL;
	for (size_t i = 0; i < len; i++) {
		if (!ways[i].is)
			continue;
		if (first)
			reader_fail(r, ways[i].at, "keep one of them",
				"\"%s\" cannot have \"%s\" and \"%s\"", key, first, ways[i].name);
		else
			first = ways[i].name;
	}
	if (!first)
		reader_fail(r, at, hint, "\"%s\" does not say how", key);
}

static void check_program(struct reader *r, const struct y_list *command)
{
	if (command->set && !command->len)
		reader_fail(r, command->at, "as in `command: [/bin/check]`",
			"\"command\" names no program");
}

void check_ready(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct ready_options *o = item;
	const struct way ways[] = {
		{ "notify", o->notify.at, o->notify.v },
		{ "tcp", o->tcp.at, o->tcp.set || yaml_get(map, "tcp") },
		{ "file", o->file.at, o->file.v != NULL },
		{ "command", o->command.at, o->command.set || yaml_get(map, "command") },
	};
	check_ways(r, "ready", o->at, ways, ARRAY_LEN(ways),
		"add one of `notify: true`, `tcp:`, `file:` and `command:`");
	check_program(r, &o->command);
}

void check_health(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct health_options *o = item;
	const struct way ways[] = {
		{ "command", o->command.at, o->command.set || yaml_get(map, "command") },
		{ "http", o->http.at, o->http.v != NULL },
	};
	check_ways(r, "health", o->at, ways, ARRAY_LEN(ways), "add `command:` or `http:`");
	check_program(r, &o->command);
	if (o->interval.set && o->timeout.set && o->timeout.v > o->interval.v)
		reader_mistake(r, o->timeout.at, "make it shorter, or \"interval\" longer",
			"a check may take longer than the time to the next one");
}

void check_limits(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct limit_options *o = item;
	int64_t sum;
	if (o->swap.set && !o->memory.set && !yaml_get(map, "memory"))
		reader_fail(r, o->swap.at, "add `memory:`",
			"\"swap\" is a limit only beside \"memory\"");
	else if (o->swap.set && __builtin_add_overflow(o->memory.v, o->swap.v, &sum))
		reader_fail(r, o->swap.at, NULL, "memory and swap together are too large");
}

void check_log(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct log_options *o = item;
	const struct y_int *of_file = o->file_size.set ? &o->file_size : &o->files;
	(void)map;
	if (!o->file.v && of_file->set)
		reader_mistake(r, of_file->at, "add `file:`, the path of a file of the machine",
			"\"%s\" does nothing without \"file\"",
			o->file_size.set ? "file_size" : "files");
}

void check_io(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct io_limit *o = item;
	if (map->len == 1 && o->device.v)
		reader_mistake(r, o->at, "add one of read:, write:, read_ops: and write_ops:",
			"the io limit limits nothing");
}

void check_limits_twice(struct reader *r, const struct image_options *o)
{
	const struct limit_options *l = &o->service.limits;
	const struct {
		const char *key, *group;
		bool is;
		struct pos at;
	} both[] = {
		{ "memory", "memory", l->memory.set, l->memory.at },
		{ "cpu", "cpu", l->cpu.set, l->cpu.at },
		{ "pids", "pids", l->pids.set, l->pids.at },
		{ "io_weight", "blockIO", l->io_weight.set, l->io_weight.at },
		{ "io", "blockIO", l->io.set, l->io.at },
	};
	for (size_t i = 0; o->resources.node && i < ARRAY_LEN(both); i++) {
		if (both[i].is && (yaml_get(o->resources.node, both[i].group) ||
					  (i > 2 && yaml_get(o->resources.node, "blockio"))))
			reader_fail(r, both[i].at, "keep one of the two",
				"\"limits.%s\" and \"resources.%s\" limit the same", both[i].key,
				both[i].group);
	}
}

static void only(struct reader *r, bool set, struct pos at, const char *key, const char *whose,
	const char *section)
{
	if (set)
		reader_fail(r, at,
			arena_fmt(r->mem, "remove it, or move the container to %s", whose),
			"\"%s\" is no key of a container of %s: only those of %s have it", key,
			section, whose);
}

static void only_onboot(struct reader *r, const struct y_str *v, const char *section)
{
	only(r, v->v != NULL, v->at, "on_failure", "onboot", section);
}

static void check_once(struct reader *r, const struct image_items *l, const char *section)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct service_options *o = &l->items[i].options.service;
		if (o->restart.set)
			reader_fail(r, o->restart.at, "remove it, or make the container a service",
				"\"restart\" is only for services: %s containers run once",
				section);
		only(r, o->after.set, o->after.at, "after", "services", section);
		only(r, o->requires.set, o->requires.at, "requires", "services", section);
		only(r, o->ready.set, o->ready.at, "ready", "services", section);
		only(r, o->health.set, o->health.at, "health", "services", section);
		only(r, o->healthy_after.set, o->healthy_after.at, "healthy_after", "services",
			section);
	}
}

void check_verify(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct verify_item *o = item;
	if (yaml_get(map, "images") && o->images.set && !o->images.len)
		reader_fail(r, o->images.at, "as in `images: [\"docker.io/library/*\"]`",
			"\"images\" names no image");
}

void check_sign(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct sign_item *o = item;
	(void)map;
	if (!o->key.v && !o->command.len)
		reader_fail(r, o->at, "add `key:` with a file or a pkcs11: URI, or `command:`",
			"\"sign\" has a certificate and nothing that signs");
	if (o->key.v && strstr(o->key.v, "pin-value="))
		reader_fail(r, o->key.at,
			"put it into a file, and name that: `?pin-source=file:...`",
			"the PIN of a token stands in the config");
	if (o->key.v && o->command.len)
		reader_fail(r, o->command.at, "remove one of the two",
			"\"sign\" has a key and a command");
}

static void no_default(struct reader *r, bool set, struct pos at, const char *key)
{
	if (set)
		reader_fail(r, at, "write it where it is meant", "\"%s\" cannot be a default", key);
}

static void check_defaults(struct reader *r, const struct image_options *o)
{
	const struct service_options *s = &o->service;
	no_default(r, s->after.set, s->after.at, "after");
	no_default(r, s->requires.set, s->requires.at, "requires");
	no_default(r, s->timeout.set, s->timeout.at, "timeout");
	no_default(r, s->on_failure.v != NULL, s->on_failure.at, "on_failure");
	no_default(r, o->capabilities_add.set, o->capabilities_add.at, "capabilities.add");
	no_default(r, o->binds_add.set, o->binds_add.at, "binds.add");
}

void check_sections(struct reader *r, const struct config *c)
{
	check_once(r, &c->onboot, "onboot");
	check_once(r, &c->onshutdown, "onshutdown");
	check_defaults(r, &c->defaults);
	for (size_t i = 0; i < c->services.len; i++) {
		const struct service_options *o = &c->services.items[i].options.service;
		only(r, o->timeout.set, o->timeout.at, "timeout", "onboot or onshutdown",
			"services");
		only_onboot(r, &o->on_failure, "services");
	}
	for (size_t i = 0; i < c->onshutdown.len; i++) {
		const struct service_options *o = &c->onshutdown.items[i].options.service;
		only_onboot(r, &o->on_failure, "onshutdown");
	}
}
