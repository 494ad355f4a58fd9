#include "mkimage/plan/plan_impl.h"

#include <string.h>

/* What nothing in a container needs to see or change; what other engines mask and protect by
 * default. */
static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/interrupts",
	"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
	"/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware" };
static const char *const protected[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
	"/proc/sysrq-trigger" };

static void copy(struct arena *a, const struct y_list *from, struct strings *to)
{
	for (size_t i = 0; i < from->len; i++)
		vec_push(a, to, from->items[i].v);
}

static void list_or(struct planner *pl, const struct y_list *y, const char *const *otherwise,
	size_t len, struct strings *out)
{
	if (y->set || !pl->slipway) {
		copy(pl->mem, y, out);
		return;
	}
	for (size_t i = 0; i < len; i++)
		vec_push(pl->mem, out, otherwise[i]);
}

static int process(struct planner *pl, const struct image_item *item, const struct image_options *o,
	struct service *s)
{
	const struct image_config *c = &s->image->config;
	if (o->command.set) {
		copy(pl->mem, &o->command, &s->args);
	} else {
		vec_each (const char *, e, &c->entrypoint)
			vec_push(pl->mem, &s->args, *e);
		vec_each (const char *, e, &c->cmd)
			vec_push(pl->mem, &s->args, *e);
	}
	s->args_at = o->command.set ? o->command.len ? o->command.items[0].at : o->command.at
				    : item->image.at;
	if (!s->args.len &&
		plan_mistake(pl, o->command.set ? o->command.at : item->image.at, "add `command:`",
			"the container \"%s\" has nothing to run: neither the file nor its image has a command",
			s->name) < 0)
		return -1;
	if (o->env.set)
		copy(pl->mem, &o->env, &s->env);
	else
		s->env = c->env;
	s->cwd = o->cwd.v && o->cwd.v[0]       ? o->cwd.v
		 : c->workdir && c->workdir[0] ? c->workdir
					       : "/";
	if (s->cwd[0] != '/' &&
		plan_mistake(pl, o->cwd.v ? o->cwd.at : item->image.at, "start it with /",
			"the working folder \"%s\" is no absolute path", s->cwd) < 0)
		return -1;
	s->additional_gids = arena_array(pl->mem, o->additional_gids.len, sizeof(uint32_t));
	for (size_t i = 0; i < o->additional_gids.len; i++) {
		if (plan_id(pl, &o->additional_gids.items[i], &s->additional_gids[i]) < 0)
			return -1;
	}
	s->additional_gids_len = o->additional_gids.len;
	if (plan_id(pl, &o->uid, &s->uid) < 0 || plan_id(pl, &o->gid, &s->gid) < 0)
		return -1;
	return 0;
}

static int check_name(struct planner *pl, const struct image_item *item)
{
	const char *n = item->name.v;
	if (!n || !n[0] || strchr(n, '/') || strcmp(n, ".") == 0 || strcmp(n, "..") == 0 ||
		strlen(n) > 200)
		return fail_at(pl->d, n ? item->name.at : item->at,
			"use letters, digits, `-`, `_` and `.`",
			"\"%s\" cannot be a container's name", n ? n : "");
	return 0;
}

static const char *bundle_of(struct arena *a, const struct service *s)
{
	switch (s->section) {
	case SECTION_ONBOOT:
		return arena_fmt(a, "containers/onboot/%03zu-%s", s->index, s->name);
	case SECTION_ONSHUTDOWN:
		return arena_fmt(a, "containers/onshutdown/%03zu-%s", s->index, s->name);
	case SECTION_SERVICE:
		break;
	}
	return arena_fmt(a, "containers/services/%s", s->name);
}

/* Its root filesystem shows its files with other owners, on the very place where they stand. */
static bool has_own_ids(const struct service *s)
{
	return s->userns && s->uid_mappings_len > 0;
}

/* The files of an image stand once in the tree, in the bundle that uses them first. */
static void share(struct planner *pl, struct service *s)
{
	for (size_t i = 0; i < pl->p->services_len; i++) {
		const struct service *other = &pl->p->services[i];
		/* Files at a place of their own, below what is mounted on rootfs, bother nobody. */
		if (strcmp(other->ref, s->ref) == 0 && !(other->readonly && has_own_ids(other))) {
			s->root_bundle = other->root_bundle;
			s->root_dir = other->root_dir;
			return;
		}
	}
	s->root_bundle = s->bundle;
	s->root_dir = arena_fmt(pl->mem, "%s/%s", s->bundle, s->readonly ? "rootfs" : "lower");
}

static int details(struct planner *pl, const struct image_item *item, const struct image_options *o,
	struct service *s)
{
	s->readonly = o->readonly.set ? o->readonly.v : pl->slipway;
	s->no_new_privileges = o->no_new_privileges.set ? o->no_new_privileges.v : pl->slipway;
	s->hostname = o->hostname.v;
	s->rootfs_propagation = o->rootfs_propagation.v;
	s->cgroups_path = o->cgroups_path.v;
	s->resources = o->resources.node;
	s->runtime = o->runtime;
	list_or(pl, &o->masked_paths, masked, ARRAY_LEN(masked), &s->masked_paths);
	list_or(pl, &o->readonly_paths, protected, ARRAY_LEN(protected), &s->readonly_paths);
	plan_sorted_map(pl->mem, &o->sysctl, &s->sysctl);
	plan_sorted_map(pl->mem, &o->annotations, &s->annotations);
	plan_settings(pl, &o->service, s);
	if (process(pl, item, o, s) < 0 || plan_capabilities(pl, o, s) < 0 ||
		plan_seccomp(pl, &o->service.seccomp, s) < 0 || plan_namespaces(pl, o, s) < 0 ||
		plan_mounts(pl, o, s) < 0 || plan_limits(pl, o, s) < 0 ||
		plan_devices(pl, o, s) < 0)
		return -1;
	if (s->uid_mappings) /* userns: auto */
		return 0;
	if (plan_id_mappings(pl, &o->uid_mappings, &s->uid_mappings, &s->uid_mappings_len) < 0 ||
		plan_id_mappings(pl, &o->gid_mappings, &s->gid_mappings, &s->gid_mappings_len) < 0)
		return -1;
	return 0;
}

/* What a label does not say comes from defaults:. */
static const struct image_options *with_defaults(
	struct planner *pl, const struct image_options *label)
{
	struct image_options *out = ARENA_NEW(pl->mem, struct image_options), said = { 0 };
	if (label)
		said = *label;
	said.capabilities_add = said.binds_add = (struct y_list){ 0 }; /* mean nothing in a label */
	plan_merge(pl->mem, &said, &pl->c->defaults, out);
	return out;
}

static int service(
	struct planner *pl, const struct image_item *item, enum section section, size_t index)
{
	struct service s = { .name = item->name.v,
		.section = section,
		.index = index,
		.at = item->at,
		.item = item,
		.slipway = pl->slipway };
	struct found_image *f;
	const struct image_options *label;
	struct image_options *merged = ARENA_NEW(pl->mem, struct image_options);
	if (check_name(pl, item) < 0)
		return -1;
	int rc = plan_image(pl, &item->image, &f);
	if (rc)
		return rc < 0 ? -1 : 0;
	s.image = f->image;
	s.ref = f->ref;
	s.bundle = bundle_of(pl->mem, &s);
	if (plan_label(pl, f, &label) < 0)
		return -1;
	plan_merge(pl->mem, &item->options,
		section == SECTION_SERVICE ? with_defaults(pl, label) : label, merged);
	s.options = merged;
	if (details(pl, item, merged, &s) < 0)
		return -1;
	share(pl, &s);
	pl->p->services[pl->p->services_len++] = s;
	return 0;
}

int plan_services(struct planner *pl)
{
	const struct config *c = pl->c;
	const struct {
		const struct image_items *items;
		enum section section;
		const char *word;
	} all[] = {
		{ &c->onboot, SECTION_ONBOOT, "onboot" },
		{ &c->onshutdown, SECTION_ONSHUTDOWN, "onshutdown" },
		{ &c->services, SECTION_SERVICE, "service" },
	};
	bool failed = false;
	pl->p->services = arena_array(pl->mem, c->onboot.len + c->onshutdown.len + c->services.len,
		sizeof(*pl->p->services));
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (size_t k = 0; k < all[i].items->len; k++) {
			const struct image_item *item = &all[i].items->items[k];
			if (service(pl, item, all[i].section, k) == 0)
				continue;
			failed = true;
			(void)fail_ctx(pl->d, "planning the %s container \"%s\"", all[i].word,
				item->name.v ? item->name.v : "");
			if (!plan_go_on(pl))
				return -1;
		}
	}
	return failed ? -1 : 0;
}
