/* Sections of the config, with what only the plan knows: labels, and the image's own values. */
#include "mkimage/plan/resolved_impl.h"

#include <string.h>

static const struct service *planned(const struct resolving *r, const struct image_item *item)
{
	for (size_t i = 0; i < r->plan->services_len; i++) {
		if (r->plan->services[i].item == item)
			return &r->plan->services[i];
	}
	return NULL;
}

/* A key whose value, when neither file nor label gives one, is not the same for all. */
static struct resolved *derived(struct resolving *r, const struct service *s, const char *key)
{
	static const struct strings nothing;
	const struct image_config *c = &s->image->config;
	const struct origin image = { .kind = ORIGIN_IMAGE }, usual = { .kind = ORIGIN_DEFAULT };
	if (strcmp(key, "command") == 0)
		return resolved_texts(r, key, &s->args, image);
	if (strcmp(key, "env") == 0 && s->env.len)
		return resolved_texts(r, key, &s->env, image);
	if (strcmp(key, "cwd") == 0)
		return resolved_text(r, key, s->cwd, c->workdir && c->workdir[0] ? image : usual);
	if (strcmp(key, "capabilities") == 0)
		return resolved_texts(r, key, &nothing, usual);
	if (strcmp(key, "maskedPaths") == 0 && s->masked_paths.len)
		return resolved_texts(r, key, &s->masked_paths, usual);
	if (strcmp(key, "readonlyPaths") == 0 && s->readonly_paths.len)
		return resolved_texts(r, key, &s->readonly_paths, usual);
	return NULL;
}

/* What the plan has merged already, and what containers that run once have not. */
static bool left_out(const struct service *s, enum section section, const char *key)
{
	static const char *const of_services[] = { "restart", "healthy_after" };
	bool added = strcmp(key, "binds.add") == 0 || strcmp(key, "capabilities.add") == 0;
	for (size_t i = 0; section != SECTION_SERVICE && i < ARRAY_LEN(of_services); i++) {
		if (strcmp(key, of_services[i]) == 0)
			return true;
	}
	return s && added;
}

static struct resolved *container(
	struct resolving *r, const struct image_item *item, enum section section)
{
	struct resolved *v = resolved_new(r, NULL, RESOLVED_MAP);
	const struct service *s = planned(r, item);
	struct image_item merged = *item;
	const struct field *f;
	size_t at;
	if (s)
		merged.options = *s->options;
	else
		v->note = "the image is not in the store: what it and its label say is not here";
	v->from = resolved_origin(r, item->at);
	for (size_t i = 0; (f = field_at(&item_table, i, &at)); i++) {
		if (at == NOWHERE || left_out(s, section, f->name))
			continue;
		const void *value = (const char *)&merged + at;
		struct resolved *one = resolved_field(r, f, value, f->type == FIELD_TABLE);
		if (!one && s)
			one = derived(r, s, f->name);
		resolved_add(r, v, one ? one : resolved_field(r, f, value, true));
	}
	return v;
}

static struct resolved *containers(
	struct resolving *r, const char *key, const struct image_items *l, enum section section)
{
	if (!l->len)
		return NULL;
	struct resolved *v = resolved_new(r, key, RESOLVED_LIST);
	for (size_t i = 0; i < l->len; i++)
		resolved_add(r, v, container(r, &l->items[i], section));
	return v;
}

static struct resolved *file(struct resolving *r, const struct file_item *item)
{
	struct resolved *v = resolved_new(r, NULL, RESOLVED_MAP);
	const struct origin usual = { .kind = ORIGIN_DEFAULT };
	v->from = resolved_origin(r, item->at);
	resolved_table(r, &file_table, item, false, v);
	if (!item->mode.v && !item->symlink.v)
		resolved_add(
			r, v, resolved_text(r, "mode", item->directory.v ? "0700" : "0600", usual));
	return v;
}

static struct resolved *files(struct resolving *r, const char *key, const struct file_items *l)
{
	if (!l->len)
		return NULL;
	struct resolved *v = resolved_new(r, key, RESOLVED_LIST);
	for (size_t i = 0; i < l->len; i++)
		resolved_add(r, v, file(r, &l->items[i]));
	return v;
}

static struct resolved *volumes(struct resolving *r, const char *key, const struct volume_items *l)
{
	if (!l->len)
		return NULL;
	struct resolved *v = resolved_new(r, key, RESOLVED_LIST);
	for (size_t i = 0; i < l->len; i++) {
		struct resolved *kid = resolved_new(r, NULL, RESOLVED_MAP);
		kid->from = resolved_origin(r, l->items[i].at);
		resolved_table(r, &volume_table, &l->items[i], true, kid);
		resolved_add(r, v, kid);
	}
	return v;
}

static struct resolved *section(struct resolving *r, const struct field *f, const void *value)
{
	const struct config *c = r->plan->config;
	if (value == &c->onboot)
		return containers(r, f->name, &c->onboot, SECTION_ONBOOT);
	if (value == &c->onshutdown)
		return containers(r, f->name, &c->onshutdown, SECTION_ONSHUTDOWN);
	if (value == &c->services)
		return containers(r, f->name, &c->services, SECTION_SERVICE);
	if (value == &c->volumes)
		return volumes(r, f->name, &c->volumes);
	if (value == &c->files)
		return files(r, f->name, &c->files);
	if (value == &c->arch && !c->arch.v)
		return resolved_text(r, f->name, r->plan->platform.arch,
			(struct origin){ .kind = ORIGIN_DEFAULT });
	return resolved_field(r, f, value, true);
}

const struct resolved *plan_resolved(struct arena *a, const struct plan *p)
{
	struct resolving r = { a, p, p->config->slipway.set && p->config->slipway.v == 1 };
	struct resolved *root = resolved_new(&r, NULL, RESOLVED_MAP);
	const struct field *f;
	size_t at;
	for (size_t i = 0; (f = field_at(&config_table, i, &at)); i++) {
		if (at != NOWHERE)
			resolved_add(&r, root, section(&r, f, (const char *)p->config + at));
	}
	return root;
}
