/* A map -> a struct, driven by the field table. */
#include "yaml/fields.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

#include "base/near.h"

#include <string.h>

static void *inside(void *out, size_t at)
{
	return out && at != NOWHERE ? (char *)out + at : NULL;
}

/* "checking service \"getty\"": for items that have a name or a path. */
static const char *context_of(struct reader *r, const struct field *f, const struct yaml_node *n)
{
	const struct yaml_node *name = yaml_get(n, "name");
	if (!name)
		name = yaml_get(n, "path");
	if (r->context || !name || name->type != YAML_SCALAR || !name->text[0] ||
		strlen(name->text) > 100)
		return r->context;
	return arena_fmt(r->mem, "checking %s \"%s\"", f->item ? f->item : f->of->name, name->text);
}

/* All lists of structs begin alike (config.h). */
struct any_list {
	void *items;
	size_t len;
	bool set;
	struct pos at;
};

/* Each takes kilobytes, and is compared with the others. */
enum { CONTAINERS_MAX = 1000 };

static void read_tables(
	struct reader *r, const struct field *f, const struct yaml_node *n, void *out)
{
	struct any_list l = { .set = true, .at = n->at };
	if (!read_expect(r, f, n, YAML_LIST))
		return;
	if (f->of == &item_table && n->len > CONTAINERS_MAX) {
		reader_fail(r, n->items[CONTAINERS_MAX]->at, NULL,
			"\"%s\" has %zu containers, and at most %d are allowed", f->name, n->len,
			CONTAINERS_MAX);
		return;
	}
	if (out)
		l.items = arena_array(r->mem, n->len, f->of->size);
	for (size_t i = 0; i < n->len; i++) {
		struct yaml_node *item = n->items[i];
		const char *outer = r->context;
		if (item->type != YAML_MAP) {
			reader_fail(r, item->at, "write `- key: value`",
				"an item of \"%s\" must be a map", f->name);
			continue;
		}
		r->context = context_of(r, f, item);
		read_table(r, f->of, item, out ? (char *)l.items + l.len * f->of->size : NULL);
		r->context = outer;
		l.len++;
	}
	if (out)
		memcpy(out, &l, f->flags & FIELD_SET ? sizeof(l) : offsetof(struct any_list, set));
}

static void read_field(
	struct reader *r, const struct field *f, struct yaml_node *n, size_t at, void *out);

static void set_place(const struct table *t, const struct yaml_node *map, void *out)
{
	const bool yes = true;
	if (inside(out, t->pos_at))
		memcpy(inside(out, t->pos_at), &map->at, sizeof(map->at));
	if (inside(out, t->set_at))
		memcpy(inside(out, t->set_at), &yes, sizeof(yes));
}

/* `restart: always` is short for `restart: {policy: always}`; messages name what was written. */
static void read_short(
	struct reader *r, const struct field *f, struct yaml_node *n, size_t at, void *out)
{
	size_t part_at;
	struct field part = *field_find(f->of, f->of->shorthand, &part_at);
	part.name = f->name;
	set_place(f->of, n, inside(out, at));
	read_field(r, &part, n, part_at, inside(out, at));
}

static void read_nested(
	struct reader *r, const struct field *f, struct yaml_node *n, size_t at, void *out)
{
	if (f->of->shorthand && n->type == YAML_SCALAR && n->text[0]) {
		read_short(r, f, n, at, out);
		return;
	}
	if (!read_expect(r, f, n, YAML_MAP))
		return;
	if (f->type == FIELD_TABLE_MAP) {
		for (size_t i = 0; i < n->len; i++) {
			if (read_expect(r, f, n->items[i], YAML_MAP))
				read_table(r, f->of, n->items[i], NULL);
		}
		return;
	}
	read_table(r, f->of, n, f->flags & FIELD_NODE ? NULL : inside(out, at));
	if ((f->flags & FIELD_NODE) && inside(out, at)) {
		struct y_resources kept = { .node = n, .at = n->at };
		memcpy(inside(out, at), &kept, sizeof(kept));
	}
}

static void read_number(
	struct reader *r, const struct field *f, struct yaml_node *n, struct y_int *out)
{
	struct y_int v;
	if (!read_int(r, f->name, n, &v))
		return;
	if ((f->min || f->max) && (v.v < f->min || v.v > f->max)) {
		if (f->min == f->max)
			reader_fail(r, n->at, NULL, "\"%s\" can only be %lld", f->name,
				(long long)f->min);
		else if (f->max == INT64_MAX)
			reader_fail(r, n->at, NULL, "\"%s\" cannot be below %lld, and is %lld",
				f->name, (long long)f->min, (long long)v.v);
		else
			reader_fail(r, n->at, NULL,
				"\"%s\" must be between %lld and %lld, and is %lld", f->name,
				(long long)f->min, (long long)f->max, (long long)v.v);
		return;
	}
	if (out)
		*out = v;
}

static void read_field(
	struct reader *r, const struct field *f, struct yaml_node *n, size_t at, void *out)
{
	void *to = inside(out, at);
	struct y_str s;
	struct y_bool b;
	struct y_id id;
	switch (f->type) {
	case FIELD_STR:
		if (!(f->flags & FIELD_NUMBERS ? read_word : read_str)(r, f->name, n, &s))
			return;
		read_form(r, f, &s);
		if (to)
			memcpy(to, &s, sizeof(s));
		return;
	case FIELD_BOOL:
		if (read_bool(r, f->name, n, &b) && to)
			memcpy(to, &b, sizeof(b));
		return;
	case FIELD_ID:
		if (read_id(r, f->name, n, &id) && to)
			memcpy(to, &id, sizeof(id));
		return;
	case FIELD_INT:
		read_number(r, f, n, to);
		return;
	case FIELD_TIME:
	case FIELD_SIZE:
	case FIELD_CPUS:
		read_quantity(r, f, n, to);
		return;
	case FIELD_STRS:
		read_strs(r, f, n, to);
		return;
	case FIELD_MAP:
		read_map(r, f, n, to);
		return;
	case FIELD_IDS:
		read_ids(r, f, n, to);
		return;
	case FIELD_TABLES:
		read_tables(r, f, n, to);
		return;
	case FIELD_TABLE:
	case FIELD_TABLE_MAP:
		read_nested(r, f, n, at, out);
		return;
	}
}

/* The key exists, but belongs somewhere else. */
static const char *elsewhere(struct reader *r, const struct table *t, const char *key)
{
	static const struct table *const likely[] = { &config_table, &item_table, &kernel_table,
		&runtime_table, &file_table, &volume_table };
	size_t at;
	for (size_t i = 0; i < ARRAY_LEN(likely); i++) {
		if (likely[i] != t && field_find(likely[i], key, &at))
			return arena_fmt(r->mem, "\"%s\" is a key of %s: check the indentation",
				key, likely[i]->called);
	}
	return NULL;
}

static void unknown_key(struct reader *r, const struct table *t, const struct yaml_node *key)
{
	struct strings names = { 0 };
	const struct field *f;
	const char *list = "";
	size_t at, i;
	if (reader_full(r)) {
		reader_fail(r, key->at, NULL, "unknown key");
		return;
	}
	for (i = 0; (f = field_at(t, i, &at)); i++) {
		vec_push(r->mem, &names, f->name);
		list = arena_fmt(r->mem, "%s%s%s", list, i ? ", " : "", f->name);
	}
	const char *near = near_name(key->text, &names);
	const char *hint = near ? arena_fmt(r->mem, "did you mean \"%s\"?", near)
				: elsewhere(r, t, key->text);
	if (!hint)
		hint = i <= 10 ? arena_fmt(r->mem, "known keys: %s", list)
			       : "`slipway schema` prints the keys there are";
	reader_fail(r, key->at, hint, "\"%s\" is no key of %s", key->text, t->called);
}

/* One mistake, one error: an unknown key was reported as this one already. */
static bool is_misspelt(const struct table *t, const struct yaml_node *map, const char *name)
{
	struct strings only = { .items = &name, .len = 1 };
	for (size_t i = 0; i < map->len && i < 100; i++) {
		size_t at;
		const char *key = map->keys[i]->text;
		if (!field_find(t, key, &at) && near_name(key, &only))
			return true;
	}
	return false;
}

static void check_required(struct reader *r, const struct table *t, const struct yaml_node *map)
{
	const struct field *f;
	size_t at;
	for (size_t i = 0; (f = field_at(t, i, &at)); i++) {
		if (!(f->flags & FIELD_REQUIRED) || yaml_get(map, f->name) ||
			is_misspelt(t, map, f->name))
			continue;
		reader_fail(r, map->at, arena_fmt(r->mem, "add `%s:`", f->name),
			"the %s has no \"%s\"", t->name, f->name);
	}
}

void read_table(struct reader *r, const struct table *t, const struct yaml_node *map, void *out)
{
	set_place(t, map, out);
	for (size_t i = 0; i < map->len; i++) {
		size_t at;
		const struct field *f = field_find(t, map->keys[i]->text, &at);
		if (!f) {
			unknown_key(r, t, map->keys[i]);
			continue;
		}
		if (f->flags & FIELD_IGNORED)
			reader_mistake(r, map->keys[i]->at,
				"remove it: `slipway lock` pins images by digest, and `verify:` names whose signatures they need",
				"\"%s\" does nothing", f->name);
		if (f->other_spelling && strcmp(f->other_spelling, map->keys[i]->text) == 0 &&
			yaml_get(map, f->name))
			reader_fail(r, map->keys[i]->at, "keep one of the two",
				"\"%s\" and \"%s\" are one key", f->other_spelling, f->name);
		read_field(r, f, map->items[i], at, out);
	}
	check_required(r, t, map);
	for (const struct table *b = t; b; out = inside(out, b->base_at), b = b->base) {
		if (b->check && out)
			b->check(r, map, out);
	}
}
