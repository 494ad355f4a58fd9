/*
 * LinuxResources from the config's nodes. The table is runtime-spec 1.2 config-linux.md "Control
 * groups", in the order of the specification's own Go types, which is the order that LinuxKit
 * writes.
 */
#include "mkimage/bundle/bundle_impl.h"
#include "yaml/scalar.h"

#include <stdlib.h>
#include <strings.h>

enum shape { END, INT, UINT, BOOL, STR, PAGE_SIZE, OBJECT, OBJECTS, STRING_MAP, OBJECT_MAP };

struct member {
	const char *key;
	enum shape shape;
	const struct member *of; /* OBJECT, OBJECTS, OBJECT_MAP */
};

static const struct member device_rule[] = {
	{ "allow", BOOL, NULL },
	{ "type", STR, NULL },
	{ "major", INT, NULL },
	{ "minor", INT, NULL },
	{ "access", STR, NULL },
	{ NULL, END, NULL },
};
static const struct member memory[] = {
	{ "limit", INT, NULL },
	{ "reservation", INT, NULL },
	{ "swap", INT, NULL },
	{ "kernel", INT, NULL },
	{ "kernelTCP", INT, NULL },
	{ "swappiness", UINT, NULL },
	{ "disableOOMKiller", BOOL, NULL },
	{ "useHierarchy", BOOL, NULL },
	{ "checkBeforeUpdate", BOOL, NULL },
	{ NULL, END, NULL },
};
static const struct member cpu[] = {
	{ "shares", UINT, NULL },
	{ "quota", INT, NULL },
	{ "burst", UINT, NULL },
	{ "period", UINT, NULL },
	{ "realtimeRuntime", INT, NULL },
	{ "realtimePeriod", UINT, NULL },
	{ "cpus", STR, NULL },
	{ "mems", STR, NULL },
	{ "idle", INT, NULL },
	{ NULL, END, NULL },
};
static const struct member pids[] = { { "limit", INT, NULL }, { NULL, END, NULL } };
static const struct member weight_device[] = {
	{ "major", INT, NULL },
	{ "minor", INT, NULL },
	{ "weight", UINT, NULL },
	{ "leafWeight", UINT, NULL },
	{ NULL, END, NULL },
};
static const struct member throttle_device[] = {
	{ "major", INT, NULL },
	{ "minor", INT, NULL },
	{ "rate", UINT, NULL },
	{ NULL, END, NULL },
};
static const struct member block_io[] = {
	{ "weight", UINT, NULL },
	{ "leafWeight", UINT, NULL },
	{ "weightDevice", OBJECTS, weight_device },
	{ "throttleReadBpsDevice", OBJECTS, throttle_device },
	{ "throttleWriteBpsDevice", OBJECTS, throttle_device },
	{ "throttleReadIOPSDevice", OBJECTS, throttle_device },
	{ "throttleWriteIOPSDevice", OBJECTS, throttle_device },
	{ NULL, END, NULL },
};
static const struct member hugepage[] = {
	{ "pageSize", PAGE_SIZE, NULL },
	{ "limit", UINT, NULL },
	{ NULL, END, NULL },
};
static const struct member priority[] = {
	{ "name", STR, NULL },
	{ "priority", UINT, NULL },
	{ NULL, END, NULL },
};
static const struct member network[] = {
	{ "classID", UINT, NULL },
	{ "priorities", OBJECTS, priority },
	{ NULL, END, NULL },
};
static const struct member rdma[] = {
	{ "hcaHandles", UINT, NULL },
	{ "hcaObjects", UINT, NULL },
	{ NULL, END, NULL },
};
static const struct member resources[] = {
	{ "devices", OBJECTS, device_rule },
	{ "memory", OBJECT, memory },
	{ "cpu", OBJECT, cpu },
	{ "pids", OBJECT, pids },
	{ "blockIO", OBJECT, block_io },
	{ "hugepageLimits", OBJECTS, hugepage },
	{ "network", OBJECT, network },
	{ "rdma", OBJECT_MAP, rdma },
	{ "unified", STRING_MAP, NULL },
	{ NULL, END, NULL },
};

static int object_of(struct json_out *o, const struct yaml_node *n, const struct member *of,
	yyjson_mut_val **out);

static int wrong(struct json_out *o, const struct yaml_node *n, const char *key, const char *what)
{
	return fail_at(o->d, n->at, NULL, "\"%s\" is no %s", key, what);
}

static int number(
	struct json_out *o, const struct yaml_node *n, const struct member *m, yyjson_mut_val **out)
{
	int64_t v;
	bool octal;
	if (scalar_kind(n) != SCALAR_INT || !scalar_int(n, &v, &octal) ||
		(m->shape == UINT && v < 0))
		return wrong(o, n, m->key, m->shape == INT ? "whole number" : "number from 0 up");
	*out = m->shape == INT ? yyjson_mut_sint(o->doc, v) : yyjson_mut_uint(o->doc, (uint64_t)v);
	return 0;
}

/* A number of bytes, as the kernel calls control files of huge pages (hugetlb_cgroup.c): "2MB". */
static const char *page_size(struct arena *a, const char *text)
{
	static const char *const units[] = { "KB", "MB", "GB" };
	unsigned long long n;
	size_t unit = 0;
	if (text[strspn(text, "0123456789")])
		return text;
	for (n = strtoull(text, NULL, 10) / 1024; n >= 1024 && unit < 2; unit++)
		n /= 1024;
	return arena_fmt(a, "%llu%s", n, units[unit]);
}

static int scalar(
	struct json_out *o, const struct yaml_node *n, const struct member *m, yyjson_mut_val **out)
{
	if (n->type != YAML_SCALAR)
		return wrong(o, n, m->key, "single value");
	if (m->shape == STR || m->shape == PAGE_SIZE) {
		const char *text = m->shape == STR ? n->text : page_size(o->mem, n->text);
		*out = yyjson_mut_str(o->doc, text);
		return 0;
	}
	if (m->shape != BOOL)
		return number(o, n, m, out);
	if (scalar_kind(n) != SCALAR_BOOL)
		return wrong(o, n, m->key, "true or false");
	*out = yyjson_mut_bool(o->doc, scalar_bool(n));
	return 0;
}

static int objects(
	struct json_out *o, const struct yaml_node *n, const struct member *m, yyjson_mut_val **out)
{
	if (n->type != YAML_LIST)
		return wrong(o, n, m->key, "list");
	*out = bundle_array(o);
	for (size_t i = 0; i < n->len; i++) {
		yyjson_mut_val *item;
		if (object_of(o, n->items[i], m->of, &item) < 0)
			return -1;
		yyjson_mut_arr_append(*out, item);
	}
	return 0;
}

static int map(
	struct json_out *o, const struct yaml_node *n, const struct member *m, yyjson_mut_val **out)
{
	static const struct member value = { "value", STR, NULL };
	if (n->type != YAML_MAP)
		return wrong(o, n, m->key, "map");
	*out = bundle_object(o);
	for (size_t i = 0; i < n->len; i++) {
		yyjson_mut_val *v;
		int rc = m->shape == STRING_MAP ? scalar(o, n->items[i], &value, &v)
						: object_of(o, n->items[i], m->of, &v);
		if (rc < 0)
			return -1;
		bundle_add(o, *out, n->keys[i]->text, v);
	}
	return 0;
}

static int value_of(
	struct json_out *o, const struct yaml_node *n, const struct member *m, yyjson_mut_val **out)
{
	switch (m->shape) {
	case INT:
	case UINT:
	case BOOL:
	case STR:
	case PAGE_SIZE:
		return scalar(o, n, m, out);
	case OBJECT:
		return object_of(o, n, m->of, out);
	case OBJECTS:
		return objects(o, n, m, out);
	case STRING_MAP:
	case OBJECT_MAP:
		return map(o, n, m, out);
	case END:
		break;
	}
	return fail(o->d, KIND_BUG, NULL, "a resource without a shape");
}

/* LinuxKit's files say some keys in lower case ("blockio"), OCI's own in camelCase: both are known.
 */
static const struct yaml_node *get_any_case(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; i < map->len; i++) {
		if (strcasecmp(map->keys[i]->text, key) == 0)
			return map->items[i];
	}
	return NULL;
}

static int check_keys(struct json_out *o, const struct yaml_node *n, const struct member *of)
{
	for (size_t i = 0; i < n->len; i++) {
		const struct member *m = of;
		while (m->key && strcasecmp(m->key, n->keys[i]->text) != 0)
			m++;
		if (!m->key)
			return fail_at(o->d, n->keys[i]->at, NULL, "\"%s\" is no resource of OCI",
				n->keys[i]->text);
	}
	return 0;
}

static int object_of(struct json_out *o, const struct yaml_node *n, const struct member *of,
	yyjson_mut_val **out)
{
	if (n->type != YAML_MAP)
		return fail_at(o->d, n->at, NULL, "a map is expected here");
	if (check_keys(o, n, of) < 0)
		return -1;
	yyjson_mut_val *obj = bundle_object(o);
	for (const struct member *m = of; m->key; m++) {
		const struct yaml_node *v = get_any_case(n, m->key);
		yyjson_mut_val *val;
		if (!v)
			continue;
		if (value_of(o, v, m, &val) < 0)
			return -1;
		bundle_add(o, obj, m->key, val);
	}
	*out = obj;
	return 0;
}

/* Every device of the config may be used: rwm, as LinuxKit has it. */
static void allow_devices(struct json_out *o, const struct service *s, yyjson_mut_val *rules)
{
	for (size_t i = 0; i < s->devices_len; i++) {
		const struct device *dev = &s->devices[i];
		yyjson_mut_val *r = bundle_object(o);
		bundle_add_true(o, r, "allow");
		bundle_add_str(o, r, "type", dev->type);
		if (dev->path) {
			bundle_add_int(o, r, "major", dev->major);
			bundle_add_int(o, r, "minor", dev->minor);
		}
		bundle_add_str(o, r, "access", "rwm");
		yyjson_mut_arr_append(rules, r);
	}
}

int bundle_resources(struct json_out *o, const struct service *s, yyjson_mut_val **out)
{
	yyjson_mut_val *obj = bundle_object(o);
	if (s->resources && object_of(o, s->resources, resources, &obj) < 0)
		return -1;
	if (s->devices_len) {
		yyjson_mut_val *rules = yyjson_mut_obj_get(obj, "devices");
		if (!rules) {
			rules = bundle_array(o);
			yyjson_mut_obj_insert(obj, yyjson_mut_str(o->doc, "devices"), rules, 0);
		}
		allow_devices(o, s, rules);
	}
	bundle_limits(o, &s->limits, obj);
	*out = obj;
	return 0;
}
