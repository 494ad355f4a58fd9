/* The config, as it was understood, for a machine to read: one walk over yaml's field tables. */
#include "mkimage/build/build_impl.h"

#include "base/json.h"
#include "yaml/fields.h"
#include "yaml/scalar.h"

#include <string.h>

struct emit {
	struct arena *mem;
	yyjson_mut_doc *doc;
};

static yyjson_mut_val *table_value(struct emit *e, const struct table *t, const void *item);

static yyjson_mut_val *str_value(struct emit *e, const struct field *f, const char *text)
{
	const char *ref, *why;
	if (f->form == &form_image && reference_normalise(e->mem, text, &ref, &why) == 0)
		text = ref;
	return yyjson_mut_str(e->doc, text);
}

static yyjson_mut_val *id_value(struct emit *e, const struct y_id *id)
{
	return id->name ? yyjson_mut_str(e->doc, id->name) : yyjson_mut_sint(e->doc, id->number);
}

static yyjson_mut_val *scalar_value(struct emit *e, const struct yaml_node *n)
{
	int64_t v;
	bool octal;
	enum scalar_kind kind = scalar_kind(n);
	if (kind == SCALAR_BOOL)
		return yyjson_mut_bool(e->doc, scalar_bool(n));
	if (kind == SCALAR_INT && scalar_int(n, &v, &octal))
		return yyjson_mut_sint(e->doc, v);
	return yyjson_mut_str(e->doc, n->text);
}

/* Nodes nest no deeper than yaml_parse lets them. */
static yyjson_mut_val *node_value(struct emit *e, const struct yaml_node *n)
{
	if (n->type == YAML_SCALAR)
		return scalar_value(e, n);
	yyjson_mut_val *v = n->type == YAML_MAP ? yyjson_mut_obj(e->doc) : yyjson_mut_arr(e->doc);
	for (size_t i = 0; i < n->len; i++) {
		yyjson_mut_val *item = node_value(e, n->items[i]);
		if (n->type == YAML_MAP)
			yyjson_mut_obj_add(v, yyjson_mut_str(e->doc, n->keys[i]->text), item);
		else
			yyjson_mut_arr_append(v, item);
	}
	return v;
}

static yyjson_mut_val *list_value(struct emit *e, const struct field *f, const struct y_list *l)
{
	if (!l->set)
		return NULL;
	yyjson_mut_val *v = yyjson_mut_arr(e->doc);
	for (size_t i = 0; i < l->len; i++)
		yyjson_mut_arr_append(v, str_value(e, f, l->items[i].v));
	return v;
}

static yyjson_mut_val *map_value(struct emit *e, const struct y_map *m)
{
	if (!m->set)
		return NULL;
	yyjson_mut_val *v = yyjson_mut_obj(e->doc);
	for (size_t i = 0; i < m->len; i++)
		yyjson_mut_obj_add(v, yyjson_mut_str(e->doc, m->items[i].key.v),
			yyjson_mut_str(e->doc, m->items[i].value.v ? m->items[i].value.v : ""));
	return v;
}

static yyjson_mut_val *ids_value(struct emit *e, const struct y_ids *l)
{
	if (!l->set)
		return NULL;
	yyjson_mut_val *v = yyjson_mut_arr(e->doc);
	for (size_t i = 0; i < l->len; i++)
		yyjson_mut_arr_append(v, id_value(e, &l->items[i]));
	return v;
}

/* Every list of structs starts so (yaml/fields.h, FIELD_TABLES). */
struct any_items {
	const char *items;
	size_t len;
};

static yyjson_mut_val *tables_value(struct emit *e, const struct table *of, const void *at)
{
	struct any_items l;
	memcpy(&l, at, sizeof(l));
	if (!l.len)
		return NULL;
	yyjson_mut_val *v = yyjson_mut_arr(e->doc);
	for (size_t i = 0; i < l.len; i++)
		yyjson_mut_arr_append(v, table_value(e, of, l.items + i * of->size));
	return v;
}

static yyjson_mut_val *field_value(struct emit *e, const struct field *f, const void *at)
{
	switch (f->type) {
	case FIELD_STR: {
		const struct y_str *s = at;
		return s->v ? str_value(e, f, s->v) : NULL;
	}
	case FIELD_BOOL: {
		const struct y_bool *b = at;
		return b->set ? yyjson_mut_bool(e->doc, b->v) : NULL;
	}
	case FIELD_INT:
	case FIELD_SIZE: {
		const struct y_int *i = at;
		return i->set ? yyjson_mut_sint(e->doc, i->v) : NULL;
	}
	case FIELD_TIME:
	case FIELD_CPUS: {
		const struct y_int *i = at;
		return i->set ? yyjson_mut_str(e->doc,
					f->type == FIELD_TIME
						? arena_fmt(e->mem, "%lldms", (long long)i->v)
						: quantity_text(e->mem, f->type, i->v))
			      : NULL;
	}
	case FIELD_STRS:
		return list_value(e, f, at);
	case FIELD_MAP:
		return map_value(e, at);
	case FIELD_ID: {
		const struct y_id *id = at;
		return id->set ? id_value(e, id) : NULL;
	}
	case FIELD_IDS:
		return ids_value(e, at);
	case FIELD_TABLE: {
		const struct y_resources *r = at;
		if (f->flags & FIELD_NODE)
			return r->node ? node_value(e, r->node) : NULL;
		yyjson_mut_val *v = table_value(e, f->of, at);
		return yyjson_mut_obj_size(v) ? v : NULL;
	}
	case FIELD_TABLES:
		return tables_value(e, f->of, at);
	case FIELD_TABLE_MAP:
		break;
	}
	return NULL;
}

static yyjson_mut_val *table_value(struct emit *e, const struct table *t, const void *item)
{
	yyjson_mut_val *v = yyjson_mut_obj(e->doc);
	const struct field *f;
	size_t at;
	for (size_t i = 0; (f = field_at(t, i, &at)); i++) {
		yyjson_mut_val *one = at == NOWHERE ? NULL
						    : field_value(e, f, (const char *)item + at);
		if (one)
			yyjson_mut_obj_add(v, yyjson_mut_str(e->doc, f->name), one);
	}
	return v;
}

int metadata_text(struct arena *a, const struct plan *p, const char *form, const char **text,
	size_t *len, struct diags *d)
{
	struct emit e = { .mem = a, .doc = json_new(a) };
	yyjson_mut_doc_set_root(e.doc, table_value(&e, &config_table, p->config));
	const char *json = json_write(a, e.doc, 0, len);
	if (!json)
		return fail(d, KIND_BUG, NULL, "the config cannot be written as JSON");
	*text = strcmp(form, "yaml") == 0 ? metadata_yaml(a, yyjson_mut_doc_get_root(e.doc)) : json;
	*len = strlen(*text);
	return 0;
}
