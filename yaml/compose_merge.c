/* One file's root over what earlier files gave. */
#include "yaml/check.h"
#include "yaml/compose.h"
#include "yaml/compose_impl.h"
#include "yaml/fields.h"

#include <string.h>

struct yaml_node *compose_new(struct arena *a, const char *name)
{
	struct yaml_node *n = ARENA_NEW(a, struct yaml_node);
	n->type = YAML_MAP;
	n->at = (struct pos){ .file = name, .line = 1, .col = 1, .len = 1 };
	return n;
}

/* Nodes that others may share are never changed: n is one of ours, which grew only here. */
void compose_push(struct arena *a, struct yaml_node *n, struct yaml_node *key, struct yaml_node *v)
{
	const size_t unit = sizeof(struct yaml_node *), len = n->len;
	if (len == 0 || (len >= 8 && (len & (len - 1)) == 0)) {
		size_t cap = len ? len * 2 : 8;
		n->items = arena_grow(a, n->items, len * unit, cap * unit);
		if (n->type == YAML_MAP)
			n->keys = arena_grow(a, n->keys, len * unit, cap * unit);
	}
	if (n->type == YAML_MAP)
		n->keys[len] = key;
	n->items[n->len++] = v;
}

struct yaml_node *compose_copy(struct arena *a, const struct yaml_node *n)
{
	struct yaml_node *copy = ARENA_NEW(a, struct yaml_node);
	copy->type = n->type;
	copy->at = n->at;
	for (size_t i = 0; i < n->len; i++)
		compose_push(a, copy, n->type == YAML_MAP ? n->keys[i] : NULL, n->items[i]);
	return copy;
}

static bool is_include(const struct yaml_node *key)
{
	return strcmp(key->text, "include") == 0;
}

/* LinuxKit: an empty image, command line or name of the kernel's file says nothing. */
static bool says_nothing(const struct field *section, const char *key, const struct yaml_node *v)
{
	return section->of == &kernel_table && v->type == YAML_SCALAR && !v->text[0] &&
	       (strcmp(key, "image") == 0 || strcmp(key, "cmdline") == 0 ||
		       strcmp(key, "binary") == 0);
}

static size_t index_of(const struct yaml_node *map, const char *key)
{
	size_t i = 0;
	while (i < map->len && strcmp(map->keys[i]->text, key) != 0)
		i++;
	return i;
}

/* Only keys that there are have a place to be looked for: a hostile map has many others. */
static void lay_map(struct arena *a, const struct field *section, struct yaml_node *under,
	const struct yaml_node *over)
{
	for (size_t i = 0; i < over->len; i++) {
		size_t at, is = under->len;
		const char *key = over->keys[i]->text;
		if (field_find(section->of, key, &at))
			is = index_of(under, key);
		if (is == under->len)
			compose_push(a, under, over->keys[i], over->items[i]);
		else if (!says_nothing(section, key, over->items[i]))
			under->items[is] = over->items[i];
	}
}

static void lay_section(struct composing_item *c, const struct field *f, struct yaml_node **under,
	struct yaml_node *over)
{
	if (over->type != (*under)->type || over->type == YAML_SCALAR) {
		*under = over; /* another type: reading it says so */
	} else if (over->type == YAML_LIST) {
		for (size_t i = 0; i < over->len; i++)
			compose_item(c, f, *under, over->items[i]);
	} else if (f->type == FIELD_TABLE) {
		lay_map(c->mem, f, *under, over);
	} else {
		*under = over;
	}
}

static struct yaml_node *empty_like(struct arena *a, const struct yaml_node *n)
{
	struct yaml_node *new = ARENA_NEW(a, struct yaml_node);
	new->type = n->type;
	new->at = n->at;
	return new;
}

void compose_lay(struct arena *a, struct yaml_node *under, const struct yaml_node *over,
	bool strict, unsigned *overrides, struct diags *d)
{
	struct composing_item c = {
		.mem = a, .r = { .mem = a, .d = d, .strict = strict }, .overrides = overrides
	};
	for (size_t i = 0; i < over->len; i++) {
		struct yaml_node *key = over->keys[i], *v = over->items[i];
		size_t at, is = under->len;
		const struct field *f = field_find(&config_table, key->text, &at);
		if (is_include(key))
			continue;
		if (f)
			is = index_of(under, key->text);
		if (is == under->len) {
			/* Ours from the start: more may come. */
			compose_push(
				a, under, key, f && v->type != YAML_SCALAR ? empty_like(a, v) : v);
			if (!f || v->type == YAML_SCALAR)
				continue;
		}
		lay_section(&c, f, &under->items[is], v);
	}
}
