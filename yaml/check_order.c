/* The order of services: `after` and `requires` name services of the file, and never in a circle.
 */
#include "yaml/check.h"

#include <string.h>

/* Names of services, sorted, for the place of each in the file. */
struct order {
	struct reader *r;
	const struct image_items *services;
	struct name_set names;
	unsigned char *state; /* of each service: WHITE, GREY, BLACK */
};
enum { WHITE, GREY, BLACK };

/* One service on the way from the first one, and how far its names were looked at. */
struct step {
	size_t service, next;
};
struct steps {
	struct step *items;
	size_t len, cap;
};

static const struct y_str *name_at(const struct image_item *item, size_t i)
{
	const struct service_options *s = &item->options.service;
	if (i < s->after.len)
		return &s->after.items[i];
	i -= s->after.len;
	return i < s->requires.len ? &s->requires.items[i] : NULL;
}

static bool index_of(const struct order *o, const char *name, size_t *out)
{
	const struct y_str *found = name_set_find(&o->names, name);
	if (!found)
		return false;
	/* The set holds the names inside the items. */
	const char *item = (const char *)found - offsetof(struct image_item, name);
	*out = (size_t)(item - (const char *)o->services->items) / sizeof(struct image_item);
	return true;
}

static void check_known(struct order *o, const struct image_item *item)
{
	const struct y_str *name;
	size_t to;
	for (size_t i = 0; (name = name_at(item, i)) != NULL; i++) {
		if (item->name.v && strcmp(name->v, item->name.v) == 0)
			reader_fail(o->r, name->at, "remove it",
				"the service \"%s\" waits for itself", name->v);
		else if (!index_of(o, name->v, &to))
			reader_fail(o->r, name->at,
				name_set_hint(o->r, &o->names, name->v,
					"name a service of this file; onboot containers always come first"),
				"no service is called \"%s\"", name->v);
	}
}

enum { SHOWN = 8 };

/* The way from the service that is reached again back to it. */
static void circle(struct order *o, const struct steps *way, size_t again, const struct y_str *at)
{
	const char *text = "";
	size_t from = way->len;
	while (from && way->items[from - 1].service != again)
		from--;
	from = from ? from - 1 : 0;
	for (size_t i = from; i < way->len; i++) {
		const char *name = o->services->items[way->items[i].service].name.v;
		if (i - from < SHOWN)
			text = arena_fmt(o->r->mem, "%s\"%s\" -> ", text, name);
		else if (i - from == SHOWN)
			text = arena_fmt(o->r->mem, "%s... -> ", text);
	}
	reader_fail(o->r, at->at, "remove one of these names",
		"the services wait for each other in a circle: %s\"%s\"", text,
		o->services->items[again].name.v);
}

static void walk(struct order *o, size_t first)
{
	struct steps way = { 0 };
	vec_push(o->r->mem, &way, ((struct step){ first, 0 }));
	o->state[first] = GREY;
	while (way.len && !reader_full(o->r)) {
		struct step *top = &way.items[way.len - 1];
		const struct y_str *name = name_at(&o->services->items[top->service], top->next++);
		size_t to;
		if (!name) {
			o->state[top->service] = BLACK;
			way.len--;
		} else if (index_of(o, name->v, &to) && to != top->service) {
			if (o->state[to] == GREY)
				circle(o, &way, to, name);
			else if (o->state[to] == WHITE) {
				o->state[to] = GREY;
				vec_push(o->r->mem, &way, ((struct step){ to, 0 }));
			}
		}
	}
}

void check_order(struct reader *r, const struct config *c)
{
	struct order o = { .r = r, .services = &c->services };
	o.state = arena_alloc(r->mem, c->services.len + 1);
	for (size_t i = 0; i < c->services.len; i++) {
		if (c->services.items[i].name.v)
			vec_push(r->mem, &o.names, &c->services.items[i].name);
	}
	name_set_sort(&o.names);
	for (size_t i = 0; i < c->services.len; i++) {
		const char *name = c->services.items[i].name.v;
		r->context = name ? arena_fmt(r->mem, "checking service \"%.100s\"", name) : NULL;
		check_known(&o, &c->services.items[i]);
	}
	r->context = NULL;
	for (size_t i = 0; i < c->services.len; i++) {
		if (o.state[i] == WHITE && c->services.items[i].name.v)
			walk(&o, i);
	}
}
