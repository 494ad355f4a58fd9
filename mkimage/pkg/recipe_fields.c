#include "mkimage/pkg/recipe_fields.h"

#include "base/near.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int wrong_type(const struct field *f, const struct yaml_node *n, struct diags *d)
{
	static const char *const want[] = { [FIELD_STR] = "a string",
		[FIELD_TEXT] = "a string",
		[FIELD_LIST] = "a list of strings",
		[FIELD_NUM] = "a whole number",
		[FIELD_MODE] = "an octal mode in quotes",
		[FIELD_BOOL] = "true or false",
		[FIELD_NODE] = "a map",
		[FIELD_SECTION] = "a map",
		[FIELD_ITEMS] = "a list of maps" };
	return fail_at(d, n->at, f->type == FIELD_MODE ? "write mode: \"0755\"" : NULL,
		"\"%s\" wants %s", f->key, want[f->type]);
}

static int str_read(
	const struct field *f, const struct yaml_node *n, struct r_str *out, struct diags *d)
{
	if (n->type != YAML_SCALAR)
		return wrong_type(f, n, d);
	if (!n->text[0] && f->type != FIELD_TEXT)
		return fail_at(d, n->at, NULL, "\"%s\" is empty", f->key);
	*out = (struct r_str){ n->text, n->at };
	return 0;
}

static int list_read(struct arena *a, const struct field *f, const struct yaml_node *n,
	struct r_list *out, struct diags *d)
{
	if (n->type != YAML_LIST)
		return wrong_type(f, n, d);
	struct r_list list = { arena_array(a, n->len, sizeof(*list.items)), n->len, n->at };
	for (size_t i = 0; i < n->len; i++)
		if (str_read(f, n->items[i], &list.items[i], d) < 0)
			return -1;
	*out = list;
	return 0;
}

static int num_read(
	const struct field *f, const struct yaml_node *n, struct r_num *out, struct diags *d)
{
	if (n->type != YAML_SCALAR)
		return wrong_type(f, n, d);
	struct r_num num = { .set = true, .at = n->at };
	if (f->type == FIELD_BOOL) {
		num.v = strcmp(n->text, "true") == 0;
		if (!n->plain || (!num.v && strcmp(n->text, "false") != 0))
			return wrong_type(f, n, d);
		*out = num;
		return 0;
	}
	/* An unquoted 0755 is the number 755 to some parsers and 493 to others. */
	if (n->plain == (f->type == FIELD_MODE))
		return wrong_type(f, n, d);
	char *end;
	errno = 0;
	unsigned long v = strtoul(n->text, &end, f->type == FIELD_MODE ? 8 : 10);
	if (n->text[0] < '0' || n->text[0] > '9' || *end || errno ||
		v > (f->type == FIELD_MODE ? 07777UL : 0xfffffffeUL))
		return wrong_type(f, n, d);
	num.v = (uint32_t)v;
	*out = num;
	return 0;
}

static int items_read(struct arena *a, const struct field *f, const struct yaml_node *n,
	struct r_items *out, struct diags *d)
{
	if (n->type != YAML_LIST)
		return wrong_type(f, n, d);
	char *items = arena_array(a, n->len, f->section->size);
	int rc = 0;
	for (size_t i = 0; i < n->len; i++)
		if (section_read(a, f->section, n->items[i], items + i * f->section->size, d) < 0)
			rc = -1;
	*out = (struct r_items){ items, n->len };
	return rc;
}

static int field_read(struct arena *a, const struct field *f, const struct yaml_node *n, void *out,
	struct diags *d)
{
	void *at = (char *)out + f->offset;
	switch (f->type) {
	case FIELD_STR:
	case FIELD_TEXT:
		return str_read(f, n, at, d);
	case FIELD_LIST:
		return list_read(a, f, n, at, d);
	case FIELD_NUM:
	case FIELD_MODE:
	case FIELD_BOOL:
		return num_read(f, n, at, d);
	case FIELD_NODE:
		if (n->type != YAML_MAP)
			return wrong_type(f, n, d);
		*(const struct yaml_node **)at = n;
		return 0;
	case FIELD_SECTION:
		return section_read(a, f->section, n, at, d);
	case FIELD_ITEMS:
		return items_read(a, f, n, at, d);
	}
	return fail(d, KIND_BUG, NULL, "a field of no known type");
}

static const struct field *field_find(const struct section *s, const char *key)
{
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->fields[i].key, key) == 0)
			return &s->fields[i];
	return NULL;
}

static int unknown_key(
	struct arena *a, const struct section *s, const struct yaml_node *key, struct diags *d)
{
	struct strings names = { 0 };
	for (size_t i = 0; i < s->len; i++)
		vec_push(a, &names, s->fields[i].key);
	return fail_at(d, key->at, near_hint(d->mem, key->text, &names, NULL),
		"\"%s\" is no key of %s", key->text, s->name);
}

int section_read(struct arena *a, const struct section *s, const struct yaml_node *map, void *out,
	struct diags *d)
{
	int rc = 0;
	if (map->type != YAML_MAP)
		return fail_at(d, map->at, NULL, "%s wants a map", s->name);
	*(struct pos *)out = map->at;
	for (size_t i = 0; i < map->len; i++) {
		const struct field *f = field_find(s, map->keys[i]->text);
		if (!f)
			rc = unknown_key(a, s, map->keys[i], d);
		else if (field_read(a, f, map->items[i], out, d) < 0)
			rc = -1;
	}
	for (size_t i = 0; i < s->len; i++)
		if (s->fields[i].required && !yaml_get(map, s->fields[i].key))
			rc = fail_at(d, map->at, NULL, "%s lacks the key \"%s\"", s->name,
				s->fields[i].key);
	return rc;
}
