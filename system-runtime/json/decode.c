#include "system-runtime/json/decode_impl.h"

/* Where the decoder stands, as links on its own stack: "linux.namespaces[2].type". */
struct at {
	const struct at *up;
	const char *key; /* NULL: index counts */
	size_t index;
};

struct decoder {
	struct mem *mem;
	const char *name;
	struct rt_error *err;
};

static void path_text(const struct at *at, char *out, size_t size)
{
	const struct at *chain[16];
	size_t n = 0, len = 0;

	for (; at != NULL && n < ARRAY_LEN(chain); at = at->up)
		chain[n++] = at;
	out[0] = '\0';
	while (n > 0 && len + 1 < size) {
		const struct at *a = chain[--n];
		int w = a->key == NULL ? snprintf(out + len, size - len, "[%zu]", a->index)
				       : snprintf(out + len, size - len, "%s%.64s",
						 len > 0 ? "." : "", a->key);
		len += (size_t)w;
	}
}

static int bad(struct decoder *d, const struct at *at, const char *what)
{
	char path[256];

	path_text(at, path, sizeof(path));
	return rt_fail(d->err, 0, "%s: %s %s", d->name, path[0] ? path : "the document", what);
}

static int no_memory(struct decoder *d)
{
	return rt_fail(d->err, 0, "%s: too large for the memory set aside for it", d->name);
}

static int get_str(struct decoder *d, const struct at *at, yyjson_val *v, const char **out)
{
	if (!yyjson_is_str(v))
		return bad(d, at, "is not a string");
	if (strlen(yyjson_get_str(v)) != yyjson_get_len(v))
		return bad(d, at, "holds a NUL byte");
	*out = yyjson_get_str(v);
	return 0;
}

static int get_int(struct decoder *d, const struct at *at, yyjson_val *v, int64_t *out)
{
	if (!yyjson_is_int(v) || (yyjson_is_uint(v) && yyjson_get_uint(v) > INT64_MAX))
		return bad(d, at, "is not a whole number of 64 bits with sign");
	*out = yyjson_is_uint(v) ? (int64_t)yyjson_get_uint(v) : yyjson_get_sint(v);
	return 0;
}

static int get_u64(
	struct decoder *d, const struct at *at, yyjson_val *v, uint64_t max, uint64_t *out)
{
	if (!yyjson_is_uint(v) || yyjson_get_uint(v) > max)
		return bad(d, at,
			max > UINT32_MAX ? "is not a whole number of 64 bits from 0"
					 : "is not a whole number of 32 bits from 0");
	*out = yyjson_get_uint(v);
	return 0;
}

static int get_strv(struct decoder *d, const struct at *at, yyjson_val *v, struct strv *out)
{
	struct strv s = { 0 };
	struct at here = { .up = at };
	yyjson_val *item;
	yyjson_arr_iter it;

	if (!yyjson_is_arr(v))
		return bad(d, at, "is not a list of strings");
	s.v = mem_array(d->mem, yyjson_arr_size(v) + 1, sizeof(*s.v));
	if (s.v == NULL)
		return no_memory(d);
	yyjson_arr_iter_init(v, &it);
	while ((item = yyjson_arr_iter_next(&it)) != NULL) {
		here.index = s.n;
		if (get_str(d, &here, item, &s.v[s.n]) != 0)
			return -1;
		s.n++;
	}
	*out = s;
	return 0;
}

static int get_u32v(struct decoder *d, const struct at *at, yyjson_val *v, void *out)
{
	VEC(uint32_t) list = { 0 };
	struct at here = { .up = at };
	yyjson_val *item;
	yyjson_arr_iter it;

	if (!yyjson_is_arr(v))
		return bad(d, at, "is not a list of numbers");
	list.v = mem_array(d->mem, yyjson_arr_size(v) + 1, sizeof(*list.v));
	if (list.v == NULL)
		return no_memory(d);
	yyjson_arr_iter_init(v, &it);
	while ((item = yyjson_arr_iter_next(&it)) != NULL) {
		uint64_t u;
		here.index = list.n;
		if (get_u64(d, &here, item, UINT32_MAX, &u) != 0)
			return -1;
		list.v[list.n++] = (uint32_t)u;
	}
	memcpy(out, &list, sizeof(list));
	return 0;
}

static int get_pairs(struct decoder *d, const struct at *at, yyjson_val *v, pair_vec *out)
{
	pair_vec p = { 0 };
	yyjson_val *key;
	yyjson_obj_iter it;

	if (!yyjson_is_obj(v))
		return bad(d, at, "is not an object of strings");
	p.v = mem_array(d->mem, yyjson_obj_size(v) + 1, sizeof(*p.v));
	if (p.v == NULL)
		return no_memory(d);
	yyjson_obj_iter_init(v, &it);
	while ((key = yyjson_obj_iter_next(&it)) != NULL) {
		struct at here = { .up = at, .key = yyjson_get_str(key) };
		if (get_str(d, &here, key, &p.v[p.n].key) != 0 ||
			get_str(d, &here, yyjson_obj_iter_get_val(key), &p.v[p.n].value) != 0)
			return -1;
		p.n++;
	}
	*out = p;
	return 0;
}

static int get_object(
	struct decoder *, const struct at *, yyjson_val *, const struct table *, void *);

static int get_objv(
	struct decoder *d, const struct at *at, yyjson_val *v, const struct table *t, void *out)
{
	struct at here = { .up = at };
	VEC(char) list = { 0 };
	yyjson_val *item;
	yyjson_arr_iter it;

	if (!yyjson_is_arr(v))
		return bad(d, at, "is not a list of objects");
	list.v = mem_array(d->mem, yyjson_arr_size(v) + 1, t->size);
	if (list.v == NULL)
		return no_memory(d);
	yyjson_arr_iter_init(v, &it);
	while ((item = yyjson_arr_iter_next(&it)) != NULL) {
		here.index = list.n;
		if (get_object(d, &here, item, t, list.v + list.n * t->size) != 0)
			return -1;
		list.n++;
	}
	memcpy(out, &list, sizeof(list));
	return 0;
}

static int get_map(
	struct decoder *d, const struct at *at, yyjson_val *v, const struct table *t, void *out)
{
	VEC(char) list = { 0 };
	yyjson_val *key;
	yyjson_obj_iter it;

	if (!yyjson_is_obj(v))
		return bad(d, at, "is not an object of objects");
	list.v = mem_array(d->mem, yyjson_obj_size(v) + 1, t->size);
	if (list.v == NULL)
		return no_memory(d);
	yyjson_obj_iter_init(v, &it);
	while ((key = yyjson_obj_iter_next(&it)) != NULL) {
		char *item = list.v + list.n * t->size;
		struct at here = { .up = at, .key = yyjson_get_str(key) };
		const char *name;
		if (get_str(d, &here, key, &name) != 0 ||
			get_object(d, &here, yyjson_obj_iter_get_val(key), t, item) != 0)
			return -1;
		memcpy(item, &name, sizeof(name));
		list.n++;
	}
	memcpy(out, &list, sizeof(list));
	return 0;
}

static bool is_empty(yyjson_val *v)
{
	return yyjson_is_false(v) || (yyjson_is_str(v) && yyjson_get_len(v) == 0) ||
	       (yyjson_is_ctn(v) && yyjson_get_len(v) == 0);
}

static int get_field(
	struct decoder *d, const struct at *at, yyjson_val *v, const struct field *f, void *base)
{
	void *out = (char *)base + f->offset;
	uint64_t u;
	char text[192];

	switch ((enum field_kind)f->kind) {
	case F_STR:
		return get_str(d, at, v, out);
	case F_BOOL:
		if (!yyjson_is_bool(v))
			return bad(d, at, "is neither true nor false");
		*(bool *)out = yyjson_get_bool(v);
		return 0;
	case F_U32:
		if (get_u64(d, at, v, UINT32_MAX, &u) != 0)
			return -1;
		*(uint32_t *)out = (uint32_t)u;
		return 0;
	case F_U64:
		return get_u64(d, at, v, UINT64_MAX, out);
	case F_INT:
		((struct opt_int *)out)->set = true;
		return get_int(d, at, v, &((struct opt_int *)out)->v);
	case F_STRV:
		return get_strv(d, at, v, out);
	case F_U32V:
		return get_u32v(d, at, v, out);
	case F_PAIRS:
		return get_pairs(d, at, v, out);
	case F_OBJ: {
		void *sub = mem_alloc(d->mem, f->sub->size);
		if (sub == NULL)
			return no_memory(d);
		memcpy(out, &sub, sizeof(sub));
		return get_object(d, at, v, f->sub, sub);
	}
	case F_OBJV:
		return get_objv(d, at, v, f->sub, out);
	case F_MAP:
		return get_map(d, at, v, f->sub, out);
	case F_REFUSED:
		if (is_empty(v))
			return 0;
		snprintf(text, sizeof(text), "is not carried out by this version (%s)", f->hint);
		return bad(d, at, text);
	}
	return bad(d, at, "has an unknown kind of field");
}

static int get_object(
	struct decoder *d, const struct at *at, yyjson_val *v, const struct table *t, void *out)
{
	uint64_t seen = 0;
	yyjson_val *key;
	yyjson_obj_iter it;

	if (!yyjson_is_obj(v))
		return bad(d, at, "is not an object");
	yyjson_obj_iter_init(v, &it);
	while ((key = yyjson_obj_iter_next(&it)) != NULL) {
		yyjson_val *val = yyjson_obj_iter_get_val(key);
		size_t i = 0;
		while (i < t->n && !yyjson_equals_str(key, field_key(&t->fields[i])))
			i++;
		if (i == t->n || yyjson_is_null(val))
			continue;
		struct at here = { .up = at, .key = yyjson_get_str(key) };
		if (seen & (1ULL << i))
			return bad(d, &here, "is given twice");
		seen |= 1ULL << i;
		if (get_field(d, &here, val, &t->fields[i], out) != 0)
			return -1;
	}
	for (size_t i = 0; i < t->n; i++) {
		struct at here = { .up = at, .key = field_key(&t->fields[i]) };
		if (t->fields[i].required && !(seen & (1ULL << i)))
			return bad(d, &here, "is missing");
	}
	return 0;
}

int decode_root(struct mem *m, const char *name, yyjson_val *root, const struct table *t, void *out,
	struct rt_error *e)
{
	struct decoder d = { .mem = m, .name = name, .err = e };

	return get_object(&d, NULL, root, t, out);
}
