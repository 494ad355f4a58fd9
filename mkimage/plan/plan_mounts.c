/*
 * What is mounted in a container. One destination has one mount; who comes later wins: the
 * defaults, tmpfs, binds, mounts. The result is sorted by destination.
 */
#include "mkimage/plan/plan_impl.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

static void put(struct planner *pl, struct service *s, struct mount_point m)
{
	vec_each (struct mount_point, have, &s->mounts) {
		if (strcmp(have->destination, m.destination) == 0) {
			*have = m;
			return;
		}
	}
	vec_push(pl->mem, &s->mounts, m);
}

static void put_default(struct planner *pl, struct service *s, const char *destination,
	const char *type, const char *options)
{
	struct mount_point m = { .destination = destination, .type = type, .source = type };
	plan_words(pl->mem, options, &m.options);
	put(pl, s, m);
}

static void defaults(struct planner *pl, struct service *s)
{
	bool ro = s->readonly;
	put_default(pl, s, "/dev", "tmpfs",
		ro ? "nosuid,strictatime,mode=755,size=65536k,ro"
		   : "nosuid,strictatime,mode=755,size=65536k");
	put_default(
		pl, s, "/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620");
	put_default(pl, s, "/proc", "proc", "nosuid,nodev,noexec,relatime");
	put_default(pl, s, "/sys", "sysfs", ro ? "nosuid,noexec,nodev,ro" : "nosuid,noexec,nodev");
	put_default(pl, s, "/sys/fs/cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro");
}

static int absolute(struct planner *pl, struct pos at, const char *destination)
{
	if (destination[0] != '/')
		return plan_mistake(pl, at, "start it with /",
			"the mount point \"%s\" is no absolute path", destination);
	for (const char *p = destination; (p = strstr(p, "..")); p += 2) {
		if (p[-1] == '/' && (p[2] == '/' || p[2] == '\0'))
			return fail_at(pl->d, at, NULL, "the mount point \"%s\" contains \"..\"",
				destination);
	}
	return 0;
}

static int put_tmpfs(struct planner *pl, struct service *s, const struct y_str *y)
{
	const char *colon = strchr(y->v, ':');
	struct mount_point m = { .type = "tmpfs", .source = "tmpfs", .at = y->at };
	if (colon && strchr(colon + 1, ':'))
		return fail_at(pl->d, y->at, "as in `/tmp:size=10m,mode=1777`",
			"the tmpfs \"%s\" has more than one \":\"", y->v);
	m.destination = colon ? arena_strn(pl->mem, y->v, (size_t)(colon - y->v)) : y->v;
	if (colon)
		plan_words(pl->mem, colon + 1, &m.options);
	if (absolute(pl, y->at, m.destination) < 0)
		return -1;
	put(pl, s, m);
	return 0;
}

static const struct planned_volume *volume(struct planner *pl, const char *name)
{
	for (size_t i = 0; i < pl->p->volumes_len; i++) {
		if (strcmp(pl->p->volumes[i].name, name) == 0)
			return &pl->p->volumes[i];
	}
	return NULL;
}

static bool has_option(const struct strings *options, const char *name)
{
	vec_each (const char *, o, options) {
		if (strcmp(*o, name) == 0)
			return true;
	}
	return false;
}

/* A bind's source that does not start with / names a volume: *m gets the volume's path. */
static int resolve(struct planner *pl, struct mount_point *m, struct pos at)
{
	if (m->source[0] == '/')
		return 0;
	const struct planned_volume *v = volume(pl, m->source);
	if (!v) {
		struct strings names = { 0 };
		for (size_t i = 0; i < pl->p->volumes_len; i++)
			vec_push(pl->mem, &names, pl->p->volumes[i].name);
		return fail_at(pl->d, at,
			near_hint(pl->mem, m->source, &names,
				"add it to volumes:, or write an absolute path"),
			"no volume is called \"%s\"", m->source);
	}
	if (v->readonly && !has_option(&m->options, "ro"))
		return fail_at(pl->d, at, "add `ro` to the mount's options",
			"the volume \"%s\" is read-only, and this mount is not", m->source);
	m->source = arena_fmt(pl->mem, "/containers/volumes/%s/merged", v->name);
	return 0;
}

static int put_bind(struct planner *pl, struct service *s, const struct y_str *y)
{
	const char *first = strchr(y->v, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	struct mount_point m = { .type = "bind", .at = y->at };
	if (!first || first == y->v || first[1] == '\0' || first[1] == ':')
		return fail_at(pl->d, y->at, "as in `/etc/resolv.conf:/etc/resolv.conf:ro`",
			"the bind \"%s\" is not SOURCE:DESTINATION", y->v);
	if (second && strchr(second + 1, ':'))
		return fail_at(pl->d, y->at, "as in `/etc/resolv.conf:/etc/resolv.conf:ro`",
			"the bind \"%s\" has more than two \":\"", y->v);
	m.source = arena_strn(pl->mem, y->v, (size_t)(first - y->v));
	m.destination = second ? arena_strn(pl->mem, first + 1, (size_t)(second - first - 1))
			       : first + 1;
	if (second) {
		plan_words(pl->mem, second + 1, &m.options);
		vec_push(pl->mem, &m.options, "rbind");
	} else {
		plan_words(pl->mem, "rw,rbind,rshared", &m.options);
	}
	if (absolute(pl, y->at, m.destination) < 0 || resolve(pl, &m, y->at) < 0)
		return -1;
	put(pl, s, m);
	return 0;
}

static const char *or_null(const char *s)
{
	return s && *s ? s : NULL;
}

/* What LinuxKit fills in: the type from the source, the source from the type, the place from the
 * type. */
static void complete(struct mount_point *m)
{
	static const struct {
		const char *type, *place;
	} usual[] = {
		{ "proc", "/proc" },
		{ "devpts", "/dev/pts" },
		{ "sysfs", "/sys" },
		{ "cgroup", "/sys/fs/cgroup" },
		{ "mqueue", "/dev/mqueue" },
	};
	for (size_t i = 0; i < ARRAY_LEN(usual) && !m->type && m->source; i++) {
		if (strcmp(m->source, usual[i].type) == 0)
			m->type = usual[i].type;
	}
	if (!m->type && m->destination && strcmp(m->destination, "/dev") == 0)
		m->type = "tmpfs";
	if (!m->source)
		m->source = m->type;
	for (size_t i = 0; i < ARRAY_LEN(usual) && !m->destination && m->type; i++) {
		if (strcmp(m->type, usual[i].type) == 0)
			m->destination = usual[i].place;
	}
}

static int put_mount(struct planner *pl, struct service *s, const struct y_mount *y)
{
	struct mount_point m = { .destination = or_null(y->destination.v),
		.type = or_null(y->type.v),
		.source = or_null(y->source.v),
		.at = y->destination.v ? y->destination.at : y->at };
	complete(&m);
	if (!m.type)
		return fail_at(pl->d, y->at, "add `type:`, such as bind or tmpfs",
			"the mount on \"%s\" has no type", m.destination ? m.destination : "");
	if (!m.destination)
		return fail_at(pl->d, y->at, "add `destination:`",
			"the mount of type \"%s\" has no destination", m.type);
	for (size_t i = 0; i < y->options.len; i++)
		vec_push(pl->mem, &m.options, y->options.items[i].v);
	if (absolute(pl, y->at, m.destination) < 0)
		return -1;
	if (strcmp(m.type, "bind") == 0 && resolve(pl, &m, y->source.v ? y->source.at : y->at) < 0)
		return -1;
	if (plan_id_mappings(pl, &y->uid_mappings, &m.uid_mappings, &m.uid_mappings_len) < 0 ||
		plan_id_mappings(pl, &y->gid_mappings, &m.gid_mappings, &m.gid_mappings_len) < 0)
		return -1;
	put(pl, s, m);
	return 0;
}

static int by_destination(const void *a, const void *b)
{
	return strcmp(((const struct mount_point *)a)->destination,
		((const struct mount_point *)b)->destination);
}

int plan_mounts(struct planner *pl, const struct image_options *o, struct service *s)
{
	defaults(pl, s);
	for (size_t i = 0; i < o->tmpfs.len; i++) {
		if (put_tmpfs(pl, s, &o->tmpfs.items[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < o->binds.len; i++) {
		if (put_bind(pl, s, &o->binds.items[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < o->mounts.len; i++) {
		if (put_mount(pl, s, &o->mounts.items[i]) < 0)
			return -1;
	}
	qsort(s->mounts.items, s->mounts.len, sizeof(*s->mounts.items), by_destination);
	return 0;
}
