/* rlimits, devices, id mappings, sysctls: from the words of the config to OCI's values. */
#include "mkimage/plan/plan_impl.h"

#include "base/near.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* getrlimit(2) */
static const char *const rlimit_names[] = { "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA",
	"RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE",
	"RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
	"RLIMIT_SIGPENDING", "RLIMIT_STACK" };

static const char *rlimit_name(const char *text)
{
	const char *bare = strncasecmp(text, "RLIMIT_", 7) == 0 ? text + 7 : text;
	for (size_t i = 0; i < ARRAY_LEN(rlimit_names); i++) {
		if (strcasecmp(rlimit_names[i] + 7, bare) == 0)
			return rlimit_names[i];
	}
	return NULL;
}

static bool rlimit_value(const char *text, uint64_t *out)
{
	if (strcasecmp(text, "unlimited") == 0) {
		*out = UINT64_MAX;
		return true;
	}
	char *end;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

static int rlimit(struct planner *pl, const struct y_str *y, struct rlimit *out)
{
	struct strings part = { 0 };
	plan_words(pl->mem, y->v, &part);
	if (part.len != 3)
		return fail_at(pl->d, y->at, "as in `nofile,1024,4096`",
			"the rlimit \"%s\" is not NAME,SOFT,HARD", y->v);
	out->type = rlimit_name(part.items[0]);
	if (!out->type) {
		struct strings names = { 0 };
		for (size_t i = 0; i < ARRAY_LEN(rlimit_names); i++)
			vec_push(pl->mem, &names, arena_str(pl->mem, rlimit_names[i] + 7));
		return fail_at(pl->d, y->at,
			near_hint(pl->mem, part.items[0], &names, "getrlimit(2) lists them"),
			"\"%s\" is no rlimit", part.items[0]);
	}
	if (!rlimit_value(part.items[1], &out->soft) || !rlimit_value(part.items[2], &out->hard))
		return fail_at(pl->d, y->at, "write a number, or `unlimited`",
			"the rlimit \"%s\" has a value that is no number", y->v);
	if (out->soft > out->hard)
		return plan_mistake(pl, y->at, NULL,
			"the rlimit \"%s\" has a soft value above the hard one", y->v);
	return 0;
}

/* OCI runtime spec, "POSIX process": a runtime must refuse two entries of one type. */
static int rlimit_twice(
	struct planner *pl, const struct y_str *y, const struct rlimit *all, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (strcmp(all[k].type, all[i].type) == 0)
			return fail_at(pl->d, y->at, "keep one of the two",
				"the rlimit \"%s\" is set a second time", y->v);
	}
	return 0;
}

int plan_limits(struct planner *pl, const struct image_options *o, struct service *s)
{
	s->rlimits = arena_array(pl->mem, o->rlimits.len, sizeof(*s->rlimits));
	for (size_t i = 0; i < o->rlimits.len; i++) {
		if (rlimit(pl, &o->rlimits.items[i], &s->rlimits[i]) < 0 ||
			rlimit_twice(pl, &o->rlimits.items[i], s->rlimits, i) < 0)
			return -1;
	}
	s->rlimits_len = o->rlimits.len;
	if (o->oom_score_adj.set) {
		if (o->oom_score_adj.v < -1000 || o->oom_score_adj.v > 1000)
			return fail_at(pl->d, o->oom_score_adj.at, NULL,
				"oomScoreAdj is between -1000 and 1000");
		s->has_oom_score_adj = true;
		s->oom_score_adj = (int)o->oom_score_adj.v;
	}
	return 0;
}

int plan_mode(struct planner *pl, const struct y_str *y, uint32_t *out)
{
	char *end;
	unsigned long v = strtoul(y->v, &end, 8);
	if (y->v[0] < '0' || y->v[0] > '7' || *end || v > 07777)
		return fail_at(
			pl->d, y->at, "as in \"0644\"", "the mode \"%s\" is no octal number", y->v);
	*out = (uint32_t)v;
	return 0;
}

static int device(struct planner *pl, const struct y_device *y, struct device *out)
{
	if (!y->type.v || strlen(y->type.v) != 1 || !strchr("abcup", y->type.v[0]))
		return fail_at(pl->d, y->type.v ? y->type.at : y->at,
			"write b (block), c or u (character), or p (pipe)",
			"the device \"%s\" has no known type", y->path.v ? y->path.v : "");
	/* A rule for all devices of a type makes no node. */
	bool all = y->path.v && strcmp(y->path.v, "all") == 0;
	if (!all && (!y->mode.v || !y->mode.v[0]))
		return fail_at(pl->d, y->at, "add a mode, as in `mode: \"0660\"`",
			"the device \"%s\" has no mode", y->path.v ? y->path.v : "");
	out->type = y->type.v;
	if (y->mode.v && plan_mode(pl, &y->mode, &out->mode) < 0)
		return -1;
	out->major = y->major.v;
	out->minor = y->minor.v;
	if (!y->path.v)
		return fail_at(pl->d, y->at, NULL, "a device has no path");
	out->path = all ? NULL : y->path.v;
	return 0;
}

int plan_devices(struct planner *pl, const struct image_options *o, struct service *s)
{
	s->devices = arena_array(pl->mem, o->devices.len, sizeof(*s->devices));
	for (size_t i = 0; i < o->devices.len; i++) {
		if (device(pl, &o->devices.items[i], &s->devices[i]) < 0)
			return -1;
	}
	s->devices_len = o->devices.len;
	return 0;
}

static int id_number(struct planner *pl, const struct y_int *y, struct pos at, uint32_t *out)
{
	if (y->v < 0 || y->v > UINT32_MAX)
		return fail_at(pl->d, y->set ? y->at : at, NULL,
			"an id mapping's number is not between 0 and 4294967295");
	*out = (uint32_t)y->v;
	return 0;
}

int plan_id_mappings(
	struct planner *pl, const struct y_id_mappings *y, struct id_mapping **items, size_t *len)
{
	*items = arena_array(pl->mem, y->len, sizeof(**items));
	for (size_t i = 0; i < y->len; i++) {
		const struct y_id_mapping *m = &y->items[i];
		struct id_mapping *to = &(*items)[i];
		if (id_number(pl, &m->container_id, y->at, &to->container_id) < 0 ||
			id_number(pl, &m->host_id, y->at, &to->host_id) < 0 ||
			id_number(pl, &m->size, y->at, &to->size) < 0)
			return -1;
	}
	*len = y->len;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

void plan_set(struct arena *a, struct labels *map, const char *key, const char *value)
{
	vec_each (struct label, l, map) {
		if (strcmp(l->key, key) == 0) {
			l->value = value;
			return;
		}
	}
	struct label new = { key, value };
	vec_push(a, map, new);
	qsort(map->items, map->len, sizeof(*map->items), by_key);
}

void plan_sorted_map(struct arena *a, const struct y_map *y, struct labels *out)
{
	for (size_t i = 0; i < y->len; i++)
		plan_set(a, out, y->items[i].key.v, y->items[i].value.v ? y->items[i].value.v : "");
}
