/* docs/linuxkit.md says the same to a reader. */
#include "yaml/migrate.h"
#include "yaml/node.h"

#include <string.h>

enum { NOTES_MAX = 200 };

struct migrating {
	struct arena *mem;
	struct migration_notes *out;
	bool slipway;
};

static void PRINTF(4, 5)
	note(struct migrating *m, enum migration kind, struct pos at, const char *fmt, ...)
{
	struct migration_note n = { .kind = kind, .at = at };
	va_list ap;
	if (m->out->len == NOTES_MAX)
		return;
	va_start(ap, fmt);
	n.what = arena_vfmt(m->mem, fmt, ap);
	va_end(ap);
	vec_push(m->mem, m->out, n);
}

/* LINUXKIT's images that ours take the place of. */
static const struct {
	const char *theirs, *ours;
} replaced[] = {
	{ "linuxkit/init", "slipway/init" },
	{ "linuxkit/runc", "slipway/system-runtime" },
	{ "linuxkit/containerd", "slipway/system-runtime" },
	{ "linuxkit/dhcpcd", "slipway/dhcp" },
	{ "linuxkit/getty", "slipway/getty" },
	{ "linuxkit/sshd", "slipway/sshd" },
	{ "linuxkit/sysctl", "slipway/sysctl" },
	{ "linuxkit/openntpd", "slipway/ntp" },
};

static void image(struct migrating *m, const struct y_str *v)
{
	for (size_t i = 0; v->v && i < ARRAY_LEN(replaced); i++) {
		size_t len = strlen(replaced[i].theirs);
		const char *is = strstr(v->v, replaced[i].theirs);
		if (is && (is == v->v || is[-1] == '/') && (!is[len] || strchr(":@", is[len])))
			note(m, MIGRATION_CHANGE, v->at, "\"%s\" can be %s", v->v,
				replaced[i].ours);
	}
}

/* LinuxKit accepts these and drops them on the way to config.json. */
static void resources(struct migrating *m, const struct yaml_node *n)
{
	static const struct {
		const char *group, *key;
	} lost[] = { { "memory", "disableOOMKiller" }, { "memory", "kernelTCP" },
		{ "cpu", "realtimeRuntime" }, { "cpu", "realtimePeriod" },
		{ "network", "classID" } };
	for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
		const struct yaml_node *group = yaml_get(n, lost[i].group);
		const struct yaml_node *v = group ? yaml_get(group, lost[i].key) : NULL;
		if (v)
			note(m, MIGRATION_BETTER, v->at, "resources.%s.%s holds; LinuxKit loses it",
				lost[i].group, lost[i].key);
	}
	const struct yaml_node *huge = yaml_get(n, "hugepageLimits");
	if (huge)
		note(m, MIGRATION_BETTER, huge->at,
			"resources.hugepageLimits holds; LinuxKit loses it");
}

static void mappings(struct migrating *m, const char *key, const struct y_id_mappings *l)
{
	if (l->len)
		note(m, MIGRATION_BETTER, l->at,
			"the ids of \"%s\" hold; LinuxKit makes each of them 0", key);
}

static void options(struct migrating *m, const struct image_options *o)
{
	mappings(m, "uidMappings", &o->uid_mappings);
	mappings(m, "gidMappings", &o->gid_mappings);
	if (o->resources.node)
		resources(m, o->resources.node);
	for (size_t i = 0; i < o->mounts.len; i++) {
		const struct y_mount *y = &o->mounts.items[i];
		if (y->type.v && strcmp(y->type.v, "bind") == 0 && y->source.v && y->source.v[0] &&
			y->source.v[0] != '/')
			note(m, MIGRATION_BETTER, y->source.at,
				"the mount of the volume \"%s\" works; LinuxKit leaves a path that is not there",
				y->source.v);
	}
}

static void containers(struct migrating *m, const struct image_items *l, bool services)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct image_item *item = &l->items[i];
		const struct image_options *o = &item->options;
		image(m, &item->image);
		options(m, o);
		if (m->slipway)
			continue;
		if (!o->readonly.set)
			note(m, MIGRATION_CHANGE, item->at,
				"\"%s\" gets a read-only root unless its label says otherwise; add `readonly: false` if it writes there",
				item->name.v);
		if (services && !o->service.restart.set)
			note(m, MIGRATION_CHANGE, item->at,
				"\"%s\" is started again whenever it ends; add `restart: never` if it should not be",
				item->name.v);
	}
}

void config_migration(struct arena *a, const struct config *c, struct migration_notes *out)
{
	struct migrating m = { a, out, c->slipway.set };
	if (!m.slipway)
		note(&m, MIGRATION_CHANGE, (struct pos){ c->file, 1, 1, 1 },
			"add `slipway: 1` at the top: containers then get no new privileges, masked paths and a control group namespace, and mistakes that only warn now are errors");
	for (size_t i = 0; i < c->init.len; i++)
		image(&m, &c->init.items[i]);
	containers(&m, &c->onboot, false);
	containers(&m, &c->services, true);
	containers(&m, &c->onshutdown, false);
	for (size_t i = 0; i < c->volumes.len; i++) {
		if (c->volumes.items[i].readonly.v)
			note(&m, MIGRATION_BETTER, c->volumes.items[i].readonly.at,
				"the volume \"%s\" is read-only; LinuxKit mounts it writable",
				c->volumes.items[i].name.v);
	}
	for (size_t i = 0; i < c->files.len; i++) {
		const struct y_str *path = &c->files.items[i].path;
		if (strchr(path->v + strspn(path->v, "/"), '/')) {
			note(&m, MIGRATION_BETTER, path->at,
				"folders that are there keep their mode; LinuxKit gives those above \"%s\" the mode of the file",
				path->v);
			break;
		}
	}
	if (c->sources.len > 1)
		note(&m, MIGRATION_BETTER, (struct pos){ .file = c->file },
			"the volumes of all files are kept; LinuxKit keeps those of the last one");
}
