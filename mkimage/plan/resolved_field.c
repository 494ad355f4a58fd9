/* Fields of the tables -> resolved values. */
#include "mkimage/plan/resolved_impl.h"

#include "yaml/scalar.h"
#include "yaml/variables.h"

#include <string.h>

struct resolved *resolved_new(struct resolving *r, const char *key, enum resolved_type type)
{
	struct resolved *v = ARENA_NEW(r->mem, struct resolved);
	v->key = key;
	v->type = type;
	v->from.kind = ORIGIN_PARTS;
	return v;
}

void resolved_add(struct resolving *r, struct resolved *to, struct resolved *kid)
{
	if (kid)
		vec_push(r->mem, &to->kids, kid);
}

struct resolved *resolved_text(
	struct resolving *r, const char *key, const char *text, struct origin from)
{
	struct resolved *v = resolved_new(r, key, RESOLVED_TEXT);
	v->text = text;
	v->from = from;
	return v;
}

static struct resolved *word(
	struct resolving *r, const char *key, const char *text, struct origin from)
{
	struct resolved *v = resolved_text(r, key, text, from);
	v->type = RESOLVED_WORD;
	return v;
}

struct resolved *resolved_texts(
	struct resolving *r, const char *key, const struct strings *l, struct origin from)
{
	struct resolved *v = resolved_new(r, key, RESOLVED_LIST);
	v->from = from;
	vec_each (const char *, s, l)
		resolved_add(r, v, resolved_text(r, NULL, *s, from));
	return v;
}

struct origin resolved_origin(const struct resolving *r, struct pos at)
{
	const struct config *c = r->plan->config;
	struct origin o = { .kind = ORIGIN_OPTION, .at = at };
	if (!at.file)
		return o;
	o.kind = ORIGIN_LABEL;
	vec_each (struct config_source, s, &c->sources) {
		if (s->name == at.file)
			o.kind = ORIGIN_FILE;
	}
	o.variables = variables_note(c->variables, at);
	return o;
}

/* yaml/fields.h: a default that is one value is a number, or stands in backticks. */
static const char *default_of(struct arena *a, const char *absent, bool slipway)
{
	static const char other[] = "; in a LinuxKit file `";
	if (!absent || (*absent != '`' && !absent[strspn(absent, "0123456789")]))
		return absent;
	const char *end = *absent == '`' ? strchr(absent + 1, '`') : NULL;
	if (!end)
		return NULL;
	if (!end[1])
		return arena_strn(a, absent + 1, (size_t)(end - absent) - 1);
	if (strncmp(end + 1, other, sizeof(other) - 1) != 0)
		return NULL;
	if (slipway)
		return arena_strn(a, absent + 1, (size_t)(end - absent) - 1);
	const char *from = end + sizeof(other);
	return arena_strn(a, from, strcspn(from, "`"));
}

static struct resolved *field_default(struct resolving *r, const struct field *f)
{
	const char *v = default_of(r->mem, f->absent, r->slipway);
	const struct origin from = { .kind = ORIGIN_DEFAULT };
	if (!v)
		return NULL;
	bool bare = f->type == FIELD_BOOL || f->type == FIELD_INT || f->type == FIELD_ID;
	return bare ? word(r, f->name, v, from) : resolved_text(r, f->name, v, from);
}

static const char *str_value(struct resolving *r, const struct field *f, const char *text)
{
	const char *ref, *why;
	if (f->form == &form_image && *text && reference_normalise(r->mem, text, &ref, &why) == 0)
		return ref;
	return text;
}

static struct resolved *strs(struct resolving *r, const struct field *f, const struct y_list *l)
{
	struct resolved *v = resolved_new(r, f->name, RESOLVED_LIST);
	v->from = resolved_origin(r, l->at);
	for (size_t i = 0; i < l->len; i++)
		resolved_add(r, v,
			resolved_text(r, NULL, str_value(r, f, l->items[i].v),
				resolved_origin(r, l->items[i].at)));
	return v;
}

static struct resolved *map(struct resolving *r, const struct field *f, const struct y_map *m)
{
	struct resolved *v = resolved_new(r, f->name, RESOLVED_MAP);
	v->from = resolved_origin(r, m->at);
	for (size_t i = 0; i < m->len; i++)
		resolved_add(r, v,
			resolved_text(r, m->items[i].key.v,
				m->items[i].value.v ? m->items[i].value.v : "",
				resolved_origin(r, m->items[i].value.at)));
	return v;
}

static struct resolved *id(struct resolving *r, const char *key, const struct y_id *i)
{
	struct origin from = resolved_origin(r, i->at);
	return i->name ? resolved_text(r, key, i->name, from)
		       : word(r, key, arena_fmt(r->mem, "%lld", (long long)i->number), from);
}

static struct resolved *ids(struct resolving *r, const struct field *f, const struct y_ids *l)
{
	struct resolved *v = resolved_new(r, f->name, RESOLVED_LIST);
	v->from = resolved_origin(r, l->at);
	for (size_t i = 0; i < l->len; i++)
		resolved_add(r, v, id(r, NULL, &l->items[i]));
	return v;
}

/* Nodes nest no deeper than yaml_parse lets them. */
static struct resolved *node(struct resolving *r, const char *key, const struct yaml_node *n)
{
	struct origin from = resolved_origin(r, n->at);
	if (n->type == YAML_SCALAR) {
		enum scalar_kind kind = scalar_kind(n);
		return kind == SCALAR_BOOL || kind == SCALAR_INT
			       ? word(r, key, n->text, from)
			       : resolved_text(r, key, n->text, from);
	}
	struct resolved *v = resolved_new(
		r, key, n->type == YAML_MAP ? RESOLVED_MAP : RESOLVED_LIST);
	v->from = from;
	for (size_t i = 0; i < n->len; i++)
		resolved_add(
			r, v, node(r, n->type == YAML_MAP ? n->keys[i]->text : NULL, n->items[i]));
	return v;
}

/* All lists of structs begin alike (config.h). */
struct any_list {
	const char *items;
	size_t len;
	bool set;
	struct pos at;
};

static struct resolved *tables(struct resolving *r, const struct field *f, const void *value)
{
	struct any_list l = { 0 };
	memcpy(&l, value, f->flags & FIELD_SET ? sizeof(l) : offsetof(struct any_list, set));
	if (!l.len && !l.set)
		return NULL;
	struct resolved *v = resolved_new(r, f->name, RESOLVED_LIST);
	if (l.set)
		v->from = resolved_origin(r, l.at);
	for (size_t i = 0; i < l.len; i++) {
		const char *item = l.items + i * f->of->size;
		struct resolved *kid = resolved_new(r, NULL, RESOLVED_MAP);
		struct pos at;
		memcpy(&at, item + f->of->pos_at, sizeof(at));
		kid->from = resolved_origin(r, at);
		resolved_table(r, f->of, item, false, kid);
		resolved_add(r, v, kid);
	}
	return v;
}

static struct resolved *table(
	struct resolving *r, const struct field *f, const void *value, bool defaults)
{
	const struct y_resources *kept = value;
	bool set = false;
	struct pos at;
	if (f->flags & FIELD_NODE)
		return kept->node ? node(r, f->name, kept->node) : NULL;
	if (f->of->set_at == NOWHERE)
		return NULL;
	memcpy(&set, (const char *)value + f->of->set_at, sizeof(set));
	if (!set)
		return defaults ? field_default(r, f) : NULL;
	/* Some defaults of these hold only beside other keys. */
	bool whole = f->of == &runtime_table || f->of == &restart_table;
	struct resolved *v = resolved_new(r, f->name, RESOLVED_MAP);
	memcpy(&at, (const char *)value + f->of->pos_at, sizeof(at));
	v->from = resolved_origin(r, at);
	resolved_table(r, f->of, value, defaults && !whole, v);
	if (f->of->shorthand && v->kids.len == 1 &&
		strcmp(v->kids.items[0]->key, f->of->shorthand) == 0) {
		v = v->kids.items[0];
		v->key = f->name;
	}
	return v;
}

static const char *time_text(struct arena *a, int64_t ms)
{
	return ms % 1000 ? arena_fmt(a, "%lldms", (long long)ms)
			 : arena_fmt(a, "%llds", (long long)ms / 1000);
}

static struct resolved *set_field(
	struct resolving *r, const struct field *f, const void *value, bool defaults)
{
	const struct y_str *s = value;
	const struct y_bool *b = value;
	const struct y_int *i = value;
	const struct y_list *l = value;
	const struct y_map *m = value;
	const struct y_id *d = value;
	const struct y_ids *ds = value;
	switch (f->type) {
	case FIELD_STR:
		return s->v ? resolved_text(
				      r, f->name, str_value(r, f, s->v), resolved_origin(r, s->at))
			    : NULL;
	case FIELD_BOOL:
		return b->set ? word(r, f->name, b->v ? "true" : "false", resolved_origin(r, b->at))
			      : NULL;
	case FIELD_INT:
		return i->set ? word(r, f->name, arena_fmt(r->mem, "%lld", (long long)i->v),
					resolved_origin(r, i->at))
			      : NULL;
	case FIELD_TIME:
		return i->set ? resolved_text(r, f->name, time_text(r->mem, i->v),
					resolved_origin(r, i->at))
			      : NULL;
	case FIELD_SIZE:
	case FIELD_CPUS:
		return i->set ? word(r, f->name, quantity_text(r->mem, f->type, i->v),
					resolved_origin(r, i->at))
			      : NULL;
	case FIELD_STRS:
		return l->set ? strs(r, f, l) : NULL;
	case FIELD_MAP:
		return m->set ? map(r, f, m) : NULL;
	case FIELD_ID:
		return d->set ? id(r, f->name, d) : NULL;
	case FIELD_IDS:
		return ds->set ? ids(r, f, ds) : NULL;
	case FIELD_TABLES:
		return tables(r, f, value);
	case FIELD_TABLE:
		return table(r, f, value, defaults);
	case FIELD_TABLE_MAP:
		break;
	}
	return NULL;
}

struct resolved *resolved_field(
	struct resolving *r, const struct field *f, const void *value, bool defaults)
{
	struct resolved *v = set_field(r, f, value, defaults);
	return v || !defaults || f->type == FIELD_TABLE ? v : field_default(r, f);
}

void resolved_table(struct resolving *r, const struct table *t, const void *item, bool defaults,
	struct resolved *to)
{
	const struct field *f;
	size_t at;
	for (size_t i = 0; (f = field_at(t, i, &at)); i++) {
		if (at != NOWHERE)
			resolved_add(
				r, to, resolved_field(r, f, (const char *)item + at, defaults));
	}
}
