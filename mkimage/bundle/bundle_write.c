#include "mkimage/bundle/bundle_impl.h"

#include <string.h>

yyjson_mut_val *bundle_object(struct json_out *o)
{
	return yyjson_mut_obj(o->doc);
}

yyjson_mut_val *bundle_array(struct json_out *o)
{
	return yyjson_mut_arr(o->doc);
}

void bundle_add(struct json_out *o, yyjson_mut_val *obj, const char *key, yyjson_mut_val *val)
{
	yyjson_mut_obj_add(obj, yyjson_mut_str(o->doc, key), val);
}

void bundle_add_str(struct json_out *o, yyjson_mut_val *obj, const char *key, const char *val)
{
	bundle_add(o, obj, key, yyjson_mut_str(o->doc, val));
}

void bundle_add_uint(struct json_out *o, yyjson_mut_val *obj, const char *key, uint64_t val)
{
	bundle_add(o, obj, key, yyjson_mut_uint(o->doc, val));
}

void bundle_add_int(struct json_out *o, yyjson_mut_val *obj, const char *key, int64_t val)
{
	bundle_add(o, obj, key, yyjson_mut_sint(o->doc, val));
}

void bundle_add_true(struct json_out *o, yyjson_mut_val *obj, const char *key)
{
	bundle_add(o, obj, key, yyjson_mut_true(o->doc));
}

void bundle_opt_str(struct json_out *o, yyjson_mut_val *obj, const char *key, const char *val)
{
	if (val && *val)
		bundle_add_str(o, obj, key, val);
}

yyjson_mut_val *bundle_strings(struct json_out *o, const struct strings *list)
{
	yyjson_mut_val *arr = bundle_array(o);
	vec_each (const char *, s, list)
		yyjson_mut_arr_add_str(o->doc, arr, *s);
	return arr;
}

void bundle_opt_strings(
	struct json_out *o, yyjson_mut_val *obj, const char *key, const struct strings *list)
{
	if (list->len)
		bundle_add(o, obj, key, bundle_strings(o, list));
}

void bundle_opt_map(
	struct json_out *o, yyjson_mut_val *obj, const char *key, const struct labels *map)
{
	if (!map->len)
		return;
	yyjson_mut_val *m = bundle_object(o);
	vec_each (struct label, l, map)
		bundle_add_str(o, m, l->key, l->value);
	bundle_add(o, obj, key, m);
}

void bundle_opt_ids(struct json_out *o, yyjson_mut_val *obj, const char *key,
	const struct id_mapping *items, size_t len)
{
	if (!len)
		return;
	yyjson_mut_val *arr = bundle_array(o);
	for (size_t i = 0; i < len; i++) {
		yyjson_mut_val *m = bundle_object(o);
		bundle_add_uint(o, m, "containerID", items[i].container_id);
		bundle_add_uint(o, m, "hostID", items[i].host_id);
		bundle_add_uint(o, m, "size", items[i].size);
		yyjson_mut_arr_append(arr, m);
	}
	bundle_add(o, obj, key, arr);
}

yyjson_mut_val *bundle_mount(struct json_out *o, const struct mount_point *m)
{
	yyjson_mut_val *obj = bundle_object(o);
	bundle_add_str(o, obj, "destination", m->destination ? m->destination : "");
	bundle_opt_str(o, obj, "type", m->type);
	bundle_opt_str(o, obj, "source", m->source);
	bundle_opt_strings(o, obj, "options", &m->options);
	bundle_opt_ids(o, obj, "uidMappings", m->uid_mappings, m->uid_mappings_len);
	bundle_opt_ids(o, obj, "gidMappings", m->gid_mappings, m->gid_mappings_len);
	return obj;
}

/* <, > and & only occur inside strings; so do U+2028 and U+2029 (E2 80 A8, E2 80 A9). */
static const char *go_escape(const char *at, size_t *taken)
{
	*taken = 1;
	switch (*at) {
	case '<':
		return "\\u003c";
	case '>':
		return "\\u003e";
	case '&':
		return "\\u0026";
	}
	if (memcmp(at, "\xe2\x80", 2) != 0 || (at[2] != '\xa8' && at[2] != '\xa9'))
		return NULL;
	*taken = 3;
	return at[2] == '\xa8' ? "\\u2028" : "\\u2029";
}

int bundle_finish(struct json_out *o, unsigned indent, char **text, size_t *len)
{
	size_t plain_len;
	const char *plain = json_write(o->mem, o->doc, indent, &plain_len);
	if (!plain)
		return fail(o->d, KIND_BUG, NULL, "a bundle's JSON cannot be written");
	char *to = arena_alloc(o->mem, plain_len * 6 + 1);
	*text = to;
	for (const char *p = plain, *end = plain + plain_len; p < end;) {
		size_t taken = 1;
		/* Three bytes can be looked at: the text ends in "}" and a NUL, never inside E2 80.
		 */
		const char *escape = *p == '<' || *p == '>' || *p == '&' || *p == '\xe2'
					     ? go_escape(p, &taken)
					     : NULL;
		if (escape) {
			memcpy(to, escape, 6);
			to += 6;
			p += taken;
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
	*len = (size_t)(to - *text);
	return 0;
}
