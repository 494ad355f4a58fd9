/*
 * The field tables as JSON Schema, draft 2020-12. Every table is one entry of $defs. The schema
 * cannot say all that the checks say: what it accepts may still be wrong, what it refuses is.
 */
#include "yaml/fields.h"

#include "base/json.h"

#include <string.h>

struct schema {
	struct arena *mem;
	yyjson_mut_doc *doc;
	yyjson_mut_val *defs;
};

static void set_str(struct schema *s, yyjson_mut_val *o, const char *key, const char *v)
{
	yyjson_mut_obj_add_strcpy(s->doc, o, key, v);
}

static yyjson_mut_val *typed(struct schema *s, const char *type)
{
	yyjson_mut_val *o = yyjson_mut_obj(s->doc);
	set_str(s, o, "type", type);
	return o;
}

/* A text, or a number that counts as one. */
static yyjson_mut_val *typed_word(struct schema *s)
{
	yyjson_mut_val *o = yyjson_mut_obj(s->doc), *types = yyjson_mut_arr(s->doc);
	yyjson_mut_arr_add_str(s->doc, types, "string");
	yyjson_mut_arr_add_str(s->doc, types, "number");
	yyjson_mut_obj_add_val(s->doc, o, "type", types);
	return o;
}

static yyjson_mut_val *text(struct schema *s, const struct field *f)
{
	yyjson_mut_val *o = f->flags & FIELD_NUMBERS ? typed_word(s) : typed(s, "string");
	if (f->form && f->form->words) {
		yyjson_mut_val *words = yyjson_mut_arr(s->doc);
		for (size_t i = 0; f->form->words[i]; i++)
			yyjson_mut_arr_add_str(s->doc, words, f->form->words[i]);
		if (!(f->flags & FIELD_OWN))
			yyjson_mut_arr_add_str(s->doc, words, "");
		yyjson_mut_obj_add_val(s->doc, o, "enum", words);
	} else if (f->form && f->form->pattern) {
		set_str(s, o, "pattern", f->form->pattern);
	}
	return o;
}

static yyjson_mut_val *number(struct schema *s, const struct field *f)
{
	yyjson_mut_val *o = typed(s, "integer");
	if (!f->min && !f->max)
		return o;
	yyjson_mut_obj_add_sint(s->doc, o, "minimum", f->min);
	if (f->max != INT64_MAX)
		yyjson_mut_obj_add_sint(s->doc, o, "maximum", f->max);
	return o;
}

static yyjson_mut_val *quantity(struct schema *s, const char *units)
{
	yyjson_mut_val *o = typed_word(s);
	set_str(s, o, "pattern", arena_fmt(s->mem, "^[0-9]+(\\.[0-9]{1,6})?%s$", units));
	yyjson_mut_obj_add_sint(s->doc, o, "minimum", 0);
	return o;
}

/* A number, or the name of a container. */
static yyjson_mut_val *id(struct schema *s)
{
	yyjson_mut_val *o = yyjson_mut_obj(s->doc), *any = yyjson_mut_arr(s->doc);
	yyjson_mut_val *n = typed(s, "integer");
	yyjson_mut_obj_add_sint(s->doc, n, "minimum", 0);
	yyjson_mut_obj_add_sint(s->doc, n, "maximum", UINT32_MAX - 1);
	yyjson_mut_arr_append(any, n);
	yyjson_mut_arr_append(any, typed(s, "string"));
	yyjson_mut_obj_add_val(s->doc, o, "anyOf", any);
	return o;
}

static yyjson_mut_val *list_of(struct schema *s, yyjson_mut_val *item)
{
	yyjson_mut_val *o = typed(s, "array");
	yyjson_mut_obj_add_val(s->doc, o, "items", item);
	return o;
}

static yyjson_mut_val *map_of(struct schema *s, yyjson_mut_val *value)
{
	yyjson_mut_val *o = typed(s, "object");
	yyjson_mut_obj_add_val(s->doc, o, "additionalProperties", value);
	return o;
}

static const char *def_name(struct schema *s, const struct table *t)
{
	char *name = arena_str(s->mem, t->name);
	for (char *p = name; *p; p++)
		if (strchr(" /'", *p))
			*p = '-';
	return name;
}

static void define(struct schema *s, const struct table *t);

static yyjson_mut_val *ref(struct schema *s, const struct table *t)
{
	yyjson_mut_val *o = yyjson_mut_obj(s->doc);
	define(s, t);
	set_str(s, o, "$ref", arena_fmt(s->mem, "#/$defs/%s", def_name(s, t)));
	return o;
}

/* The map, or what its shorthand stands for. */
static yyjson_mut_val *map_or_short(struct schema *s, const struct table *t)
{
	size_t at;
	if (!t->shorthand)
		return ref(s, t);
	yyjson_mut_val *o = yyjson_mut_obj(s->doc), *any = yyjson_mut_arr(s->doc);
	yyjson_mut_arr_append(any, text(s, field_find(t, t->shorthand, &at)));
	yyjson_mut_arr_append(any, ref(s, t));
	yyjson_mut_obj_add_val(s->doc, o, "anyOf", any);
	return o;
}

static yyjson_mut_val *value_of(struct schema *s, const struct field *f)
{
	switch (f->type) {
	case FIELD_STR:
		return text(s, f);
	case FIELD_BOOL:
		return typed(s, "boolean");
	case FIELD_INT:
		return number(s, f);
	case FIELD_TIME:
		return quantity(s, "(ms|s|m|h|d)?");
	case FIELD_SIZE:
		return quantity(s, "(B|k|[KMGT](iB)?)?");
	case FIELD_CPUS:
		return quantity(s, "%?");
	case FIELD_STRS:
		return list_of(s, text(s, f));
	case FIELD_MAP:
		return map_of(s, typed(s, "string"));
	case FIELD_ID:
		return id(s);
	case FIELD_IDS:
		return list_of(s, id(s));
	case FIELD_TABLE:
		return map_or_short(s, f->of);
	case FIELD_TABLES:
		return list_of(s, ref(s, f->of));
	case FIELD_TABLE_MAP:
		return map_of(s, ref(s, f->of));
	}
	return typed(s, "null");
}

static void add_property(struct schema *s, yyjson_mut_val *properties, const struct field *f)
{
	yyjson_mut_val *v = value_of(s, f);
	const char *doc = f->absent ? arena_fmt(s->mem, "%s Without it: %s.", f->doc, f->absent)
				    : f->doc;
	set_str(s, v, "description", doc);
	if (f->flags & FIELD_IGNORED)
		yyjson_mut_obj_add_bool(s->doc, v, "deprecated", true);
	yyjson_mut_obj_add_val(s->doc, properties, f->name, v);
	if (f->other_spelling)
		yyjson_mut_obj_add_val(s->doc, properties, f->other_spelling, value_of(s, f));
}

/* An item that overrides another need only say which. */
static void add_required(
	struct schema *s, const struct table *t, yyjson_mut_val *o, yyjson_mut_val *required)
{
	size_t at;
	if (!field_find(t, "override", &at) || yyjson_mut_arr_size(required) < 2) {
		if (yyjson_mut_arr_size(required))
			yyjson_mut_obj_add_val(s->doc, o, "required", required);
		return;
	}
	yyjson_mut_val *any = yyjson_mut_arr(s->doc), *all = yyjson_mut_obj(s->doc),
		       *over = yyjson_mut_obj(s->doc), *words = yyjson_mut_arr(s->doc);
	yyjson_mut_obj_add_val(s->doc, all, "required", required);
	yyjson_mut_arr_add_str(s->doc, words, "override");
	yyjson_mut_arr_add_strcpy(s->doc, words, t->fields[0].name);
	yyjson_mut_obj_add_val(s->doc, over, "required", words);
	yyjson_mut_arr_append(any, all);
	yyjson_mut_arr_append(any, over);
	yyjson_mut_obj_add_val(s->doc, o, "anyOf", any);
}

static void fill(struct schema *s, const struct table *t, yyjson_mut_val *o)
{
	yyjson_mut_val *properties = yyjson_mut_obj(s->doc), *required = yyjson_mut_arr(s->doc);
	const struct field *f;
	size_t at;
	set_str(s, o, "type", "object");
	if (t->doc[0])
		set_str(s, o, "description", t->doc);
	yyjson_mut_obj_add_val(s->doc, o, "properties", properties);
	for (size_t i = 0; (f = field_at(t, i, &at)); i++) {
		add_property(s, properties, f);
		if (f->flags & FIELD_REQUIRED)
			yyjson_mut_arr_add_str(s->doc, required, f->name);
	}
	add_required(s, t, o, required);
	yyjson_mut_obj_add_bool(s->doc, o, "additionalProperties", false);
}

static void define(struct schema *s, const struct table *t)
{
	const char *name = def_name(s, t);
	if (yyjson_mut_obj_get(s->defs, name))
		return;
	yyjson_mut_val *o = yyjson_mut_obj(s->doc);
	yyjson_mut_obj_add_val(s->doc, s->defs, name, o);
	fill(s, t, o);
}

const char *config_schema_json(struct arena *a)
{
	struct schema s = { .mem = a, .doc = json_new(a) };
	yyjson_mut_val *root = yyjson_mut_obj(s.doc);
	size_t len;
	s.defs = yyjson_mut_obj(s.doc);
	yyjson_mut_doc_set_root(s.doc, root);
	set_str(&s, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	set_str(&s, root, "title", "Slipway image config");
	fill(&s, &config_table, root);
	yyjson_mut_obj_add_val(s.doc, root, "$defs", s.defs);
	return json_write(a, s.doc, 2, &len);
}
