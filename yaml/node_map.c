/* What happens to a map once all of it is there. */
#include "yaml/node_impl.h"

#include <stdlib.h>
#include <string.h>

static bool is_merge(const struct yaml_node *key)
{
	return key->plain && strcmp(key->text, "<<") == 0;
}

struct place {
	const char *text;
	size_t index;
};

static int by_text(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int c = strcmp(x->text, y->text);
	if (c)
		return c;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Sorted, since a hostile map may have tens of thousands of keys. */
static struct place *sorted_keys(struct arena *a, const struct yaml_node *map)
{
	struct place *p = arena_array(a, map->len, sizeof(*p));
	for (size_t i = 0; i < map->len; i++)
		p[i] = (struct place){ map->keys[i]->text, i };
	if (map->len)
		qsort(p, map->len, sizeof(*p), by_text);
	return p;
}

static int check_duplicates(struct arena *a, const struct yaml_node *map, struct diags *d)
{
	struct place *p = sorted_keys(a, map);
	size_t *first = arena_array(a, map->len, sizeof(*first));
	int rc = 0;
	for (size_t i = 0; i < map->len; i++)
		first[p[i].index] = i && strcmp(p[i].text, p[i - 1].text) == 0
					    ? first[p[i - 1].index]
					    : p[i].index;
	for (size_t i = 0; i < map->len; i++) {
		if (first[i] == i)
			continue;
		struct pos was = map->keys[first[i]]->at;
		rc = fail_at(d, map->keys[i]->at, "keep one of the two",
			"the key \"%s\" stands here again; the first is at %s:%u:%u",
			map->keys[i]->text, was.file, was.line, was.col);
		if (diags_full(d))
			break;
	}
	return rc;
}

struct merged {
	struct yaml_node **items; /* key, value, key, value */
	size_t len, cap;
};

static int collect(struct arena *a, const struct yaml_node *from, bool in_list, struct merged *out,
	struct diags *d)
{
	if (from->type == YAML_LIST && !in_list) {
		for (size_t i = 0; i < from->len; i++) {
			if (collect(a, from->items[i], true, out, d) < 0)
				return -1;
		}
		return 0;
	}
	if (from->type != YAML_MAP)
		return fail_at(d, from->at, "write `<<: *NAME`, with `&NAME` before a map",
			"only a map, or a list of maps, can be merged with `<<`");
	for (size_t i = 0; i < from->len; i++) {
		vec_push(a, out, from->keys[i]);
		vec_push(a, out, from->items[i]);
	}
	return 0;
}

/* Keys of the map itself win, then those that come first. */
static void add_missing(struct arena *a, struct yaml_node *map, const struct merged *more)
{
	size_t own = map->len, count = own + more->len / 2;
	struct yaml_node **keys = arena_array(a, count, sizeof(struct yaml_node *));
	struct yaml_node **items = arena_array(a, count, sizeof(struct yaml_node *));
	for (size_t i = 0; i < count; i++) {
		keys[i] = i < own ? map->keys[i] : more->items[(i - own) * 2];
		items[i] = i < own ? map->items[i] : more->items[(i - own) * 2 + 1];
	}
	struct yaml_node all = { .keys = keys, .len = count };
	struct place *p = sorted_keys(a, &all);
	bool *drop = arena_array(a, count, sizeof(*drop));
	for (size_t i = 1; i < count; i++)
		drop[p[i].index] = strcmp(p[i].text, p[i - 1].text) == 0;
	map->keys = keys;
	map->items = items;
	map->len = 0;
	for (size_t i = 0; i < count; i++) {
		if (drop[i] || is_merge(keys[i]))
			continue;
		keys[map->len] = keys[i];
		items[map->len++] = items[i];
	}
}

int yaml_map_finish(struct arena *a, struct yaml_node *map, struct diags *d)
{
	struct merged more = { 0 };
	bool any = false;
	if (check_duplicates(a, map, d) < 0)
		return -1;
	for (size_t i = 0; i < map->len; i++) {
		if (!is_merge(map->keys[i]))
			continue;
		any = true;
		if (collect(a, map->items[i], false, &more, d) < 0)
			return -1;
	}
	if (any)
		add_missing(a, map, &more);
	return 0;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map->type == YAML_MAP && i < map->len; i++) {
		if (strcmp(map->keys[i]->text, key) == 0)
			return map->items[i];
	}
	return NULL;
}
