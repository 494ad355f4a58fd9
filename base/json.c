#include "base/json.h"

#include <string.h>

static const char *join(struct arena *a, const char *path, const char *key)
{
	if (!key)
		return path;
	return *path ? arena_fmt(a, "%s.%s", path, key) : key;
}

int json_fail(struct json in, const char *key, struct diags *d, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *problem = arena_vfmt(d->mem, fmt, ap);
	va_end(ap);
	const char *path = join(d->mem, in.path, key);
	if (!*path)
		return fail(d, KIND_INPUT, NULL, "%s %s", in.what, problem);
	return fail(d, KIND_INPUT, NULL, "%s: \"%s\" %s", in.what, path, problem);
}

/* One look-up: absent, null, or there once. */
static int member(struct json in, const char *key, yyjson_val **out, struct diags *d)
{
	*out = NULL;
	if (!in.val)
		return 0;
	if (!yyjson_is_obj(in.val))
		return json_fail(in, NULL, d, "is no object");
	size_t n = strlen(key);
	yyjson_obj_iter it = yyjson_obj_iter_with(in.val);
	unsigned seen = 0;
	for (yyjson_val *k; (k = yyjson_obj_iter_next(&it));) {
		if (yyjson_get_len(k) != n || memcmp(yyjson_get_str(k), key, n) != 0)
			continue;
		if (seen++)
			return json_fail(in, key, d, "is there twice");
		yyjson_val *v = yyjson_obj_iter_get_val(k);
		*out = yyjson_is_null(v) ? NULL : v;
	}
	return 0;
}

static struct json below(struct json in, const char *key, yyjson_val *v)
{
	return (struct json){
		.val = v, .mem = in.mem, .what = in.what, .path = join(in.mem, in.path, key)
	};
}

int json_object(struct json in, const char *key, struct json *out, struct diags *d)
{
	yyjson_val *v;
	if (member(in, key, &v, d) < 0)
		return -1;
	if (v && !yyjson_is_obj(v))
		return json_fail(in, key, d, "is no object");
	*out = below(in, key, v);
	return 0;
}

int json_array(struct json in, const char *key, struct json *out, struct diags *d)
{
	yyjson_val *v;
	if (member(in, key, &v, d) < 0)
		return -1;
	if (v && !yyjson_is_arr(v))
		return json_fail(in, key, d, "is no array");
	*out = below(in, key, v);
	return 0;
}

static int text_of(
	struct json in, const char *key, yyjson_val *v, const char **out, struct diags *d)
{
	if (!yyjson_is_str(v))
		return json_fail(in, key, d, "is no string");
	const char *s = yyjson_get_str(v);
	if (strlen(s) != yyjson_get_len(v))
		return json_fail(in, key, d, "holds a NUL");
	*out = s;
	return 0;
}

int json_str(struct json in, const char *key, const char **out, struct diags *d)
{
	yyjson_val *v;
	if (member(in, key, &v, d) < 0)
		return -1;
	*out = NULL;
	return v ? text_of(in, key, v, out, d) : 0;
}

int json_u64(struct json in, const char *key, uint64_t *out, struct diags *d)
{
	yyjson_val *v;
	if (member(in, key, &v, d) < 0)
		return -1;
	if (v && !yyjson_is_uint(v))
		return json_fail(in, key, d, "is no whole number from 0");
	if (v)
		*out = yyjson_get_uint(v);
	return 0;
}

int json_bool(struct json in, const char *key, bool *out, struct diags *d)
{
	yyjson_val *v;
	if (member(in, key, &v, d) < 0)
		return -1;
	if (v && !yyjson_is_bool(v))
		return json_fail(in, key, d, "is neither true nor false");
	if (v)
		*out = yyjson_get_bool(v);
	return 0;
}

int json_strings(struct json in, const char *key, struct strings *out, struct diags *d)
{
	struct json list, item;
	if (json_array(in, key, &list, d) < 0)
		return -1;
	struct strings all = { 0 };
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		const char *s;
		if (json_as_str(item, &s, d) < 0)
			return -1;
		vec_push(in.mem, &all, s);
	}
	*out = all;
	return 0;
}

int json_need_object(struct json in, const char *key, struct json *out, struct diags *d)
{
	if (json_object(in, key, out, d) < 0)
		return -1;
	return out->val ? 0 : json_fail(in, key, d, "is missing");
}

int json_need_array(struct json in, const char *key, struct json *out, struct diags *d)
{
	if (json_array(in, key, out, d) < 0)
		return -1;
	return out->val ? 0 : json_fail(in, key, d, "is missing");
}

int json_need_str(struct json in, const char *key, const char **out, struct diags *d)
{
	if (json_str(in, key, out, d) < 0)
		return -1;
	return *out ? 0 : json_fail(in, key, d, "is missing");
}

int json_need_u64(struct json in, const char *key, uint64_t *out, struct diags *d)
{
	yyjson_val *v;
	if (member(in, key, &v, d) < 0)
		return -1;
	return v ? json_u64(in, key, out, d) : json_fail(in, key, d, "is missing");
}

struct json_each json_each(struct json in)
{
	struct json_each e = { .in = in };
	if (in.val) {
		e.len = yyjson_get_len(in.val);
		e.next = unsafe_yyjson_get_first(in.val);
	}
	return e;
}

bool json_next(struct json_each *e, const char **key, struct json *item)
{
	if (!e->in.val || e->index == e->len)
		return false;
	yyjson_val *v = e->next;
	struct arena *a = e->in.mem;
	if (yyjson_is_obj(e->in.val)) {
		const char *name = yyjson_get_str(v);
		v = yyjson_obj_iter_get_val(v);
		if (key)
			*key = name;
		*item = below(e->in, name, v);
	} else {
		*item = below(e->in, NULL, v);
		item->path = arena_fmt(a, "%s[%zu]", e->in.path, e->index);
	}
	e->next = unsafe_yyjson_get_next(v);
	e->index++;
	return true;
}

int json_as_str(struct json v, const char **out, struct diags *d)
{
	return text_of(v, NULL, v.val, out, d);
}

int json_as_object(struct json v, struct diags *d)
{
	return yyjson_is_obj(v.val) ? 0 : json_fail(v, NULL, d, "is no object");
}
