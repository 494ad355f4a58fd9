/* Names that items of a file use of each other: ids of containers, volumes of binds. */
#include "yaml/check.h"

#include <string.h>

struct known {
	struct name_set containers, volumes, readonly;
};

static void check_id(struct reader *r, const struct known *k, const struct y_id *id)
{
	if (!id->set || !id->name || !id->name[0] || strcmp(id->name, "root") == 0 ||
		name_set_find(&k->containers, id->name))
		return;
	reader_fail(r, id->at,
		name_set_hint(r, &k->containers, id->name,
			"write a number, or the name of a container of this file"),
		"no container is called \"%s\"", id->name);
}

static void check_source(
	struct reader *r, const struct known *k, struct pos at, const char *source, bool read_only)
{
	if (source[0] == '/')
		return;
	if (!name_set_find(&k->volumes, source))
		reader_fail(r, at,
			name_set_hint(r, &k->volumes, source,
				"declare it under volumes:, or write an absolute path"),
			"no volume is called \"%s\"", source);
	else if (!read_only && name_set_find(&k->readonly, source))
		reader_fail(r, at, "add the option `ro`",
			"the volume \"%s\" is read-only, and is mounted here to be written",
			source);
}

static void check_binds(struct reader *r, const struct known *k, const struct y_list *binds)
{
	struct bind_parts b;
	for (size_t i = 0; i < binds->len; i++) {
		if (bind_split(r->mem, binds->items[i].v, &b))
			check_source(
				r, k, binds->items[i].at, b.source, options_have(b.options, "ro"));
	}
}

static void check_mounts(struct reader *r, const struct known *k, const struct y_mounts *m)
{
	for (size_t i = 0; i < m->len; i++) {
		const struct y_mount *y = &m->items[i];
		bool ro = false;
		if (!y->type.v || strcmp(y->type.v, "bind") != 0 || !y->source.v || !y->source.v[0])
			continue;
		for (size_t o = 0; o < y->options.len; o++)
			ro |= strcmp(y->options.items[o].v, "ro") == 0;
		check_source(r, k, y->source.at, y->source.v, ro);
	}
}

static void check_section(
	struct reader *r, const struct known *k, const struct image_items *l, const char *section)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct image_options *o = &l->items[i].options;
		const char *name = l->items[i].name.v;
		r->context = name ? arena_fmt(r->mem, "checking %s \"%.100s\"", section, name)
				  : NULL;
		check_id(r, k, &o->uid);
		check_id(r, k, &o->gid);
		for (size_t g = 0; g < o->additional_gids.len; g++)
			check_id(r, k, &o->additional_gids.items[g]);
		check_binds(r, k, &o->binds);
		check_binds(r, k, &o->binds_add);
		check_mounts(r, k, &o->mounts);
	}
	r->context = NULL;
}

void check_references(struct reader *r, const struct config *c)
{
	const struct {
		const struct image_items *items;
		const char *word;
	} all[] = { { &c->onboot, "onboot" }, { &c->onshutdown, "onshutdown" },
		{ &c->services, "service" } };
	struct known k = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (size_t n = 0; n < all[i].items->len; n++) {
			if (all[i].items->items[n].name.v)
				vec_push(r->mem, &k.containers, &all[i].items->items[n].name);
		}
	}
	for (size_t i = 0; i < c->volumes.len; i++) {
		const struct volume_item *v = &c->volumes.items[i];
		if (!v->name.v)
			continue;
		vec_push(r->mem, &k.volumes, &v->name);
		if (v->readonly.v)
			vec_push(r->mem, &k.readonly, &v->name);
	}
	name_set_sort(&k.containers);
	name_set_sort(&k.volumes);
	name_set_sort(&k.readonly);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		check_section(r, &k, all[i].items, all[i].word);
	for (size_t i = 0; i < c->files.len; i++) {
		const struct file_item *f = &c->files.items[i];
		r->context = f->path.v ? arena_fmt(r->mem, "checking file \"%.100s\"", f->path.v)
				       : NULL;
		check_id(r, &k, &f->uid);
		check_id(r, &k, &f->gid);
	}
	r->context = NULL;
}
