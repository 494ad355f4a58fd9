/* Checks of one item: values that need or exclude each other. */
#include "yaml/check.h"

#include <string.h>
#include <strings.h>

void check_kernel(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct kernel_item *k = item;
	if (!yaml_get(map, "image"))
		reader_mistake(r, k->at, "add `image:`",
			"the kernel has no \"image\", so that the system has no kernel");
}

void check_volume(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct volume_item *v = item;
	bool oci = v->format.v && strcmp(v->format.v, "oci") == 0;
	(void)map;
	if (v->platforms.len && !oci)
		reader_mistake(r, v->platforms.at, "add `format: oci`, or remove it",
			"\"platforms\" does nothing for a volume that is no OCI layout");
	if (oci && (!v->image.v || !v->image.v[0]))
		reader_fail(r, v->format.at, "add `image:`",
			"a volume of format \"oci\" needs an image");
}

/* What PID 1 mounts over the root's folders at boot: nobody sees what is below. */
static const char *hiding_mount(const char *path)
{
	static const char *const mounts[] = { "var", "run", "tmp", "dev", "proc", "sys", NULL };
	path += strspn(path, "/.");
	for (size_t i = 0; mounts[i]; i++) {
		size_t len = strlen(mounts[i]);
		if (strncmp(path, mounts[i], len) == 0 && path[len] == '/' &&
			path[len + strspn(path + len, "/")])
			return mounts[i];
	}
	return NULL;
}

static void check_kind(struct reader *r, const struct file_item *f)
{
	const struct {
		const char *name;
		struct pos at;
		bool is;
	} kinds[] = {
		{ "contents", f->contents.at, f->contents.v != NULL },
		{ "source", f->source.at, f->source.v != NULL },
		{ "symlink", f->symlink.at, f->symlink.v != NULL },
		{ "metadata", f->metadata.at, f->metadata.v != NULL },
		{ "directory", f->directory.at, f->directory.v },
	};
	const char *first = NULL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!kinds[i].is)
			continue;
		if (first)
			reader_fail(r, kinds[i].at, "keep one of them",
				"a file cannot have \"%s\" and \"%s\"", first, kinds[i].name);
		else
			first = kinds[i].name;
	}
	if (!first)
		reader_fail(r, f->at,
			"add one of contents:, source:, symlink:, metadata: and directory: true",
			"the file says nothing about what is in it");
}

void check_file(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct file_item *f = item;
	const char *mount = f->path.v ? hiding_mount(f->path.v) : NULL;
	(void)map;
	check_kind(r, f);
	if (mount)
		reader_mistake(r, f->path.at, "put it elsewhere, or make it in an onboot container",
			"nothing will see \"%s\": a filesystem is mounted on /%s at boot",
			f->path.v, mount);
	if (f->optional.v && !f->source.v)
		reader_mistake(r, f->optional.at, "remove it",
			"\"optional\" does nothing without \"source\"");
	if (f->symlink.v && !f->symlink.v[0])
		reader_fail(r, f->symlink.at, "write the target of the link",
			"a symbolic link has an empty target");
}

static void check_alone(struct reader *r, const struct y_list *l)
{
	for (size_t i = 0; l->len > 1 && i < l->len; i++) {
		const char *v = l->items[i].v;
		if (strcasecmp(v, "all") == 0 || strcasecmp(v, "none") == 0)
			reader_fail(r, l->items[i].at, "make it the only item, or remove it",
				"\"%s\" stands beside other capabilities", v);
	}
}

static void check_added(
	struct reader *r, const char *key, const struct y_list *all, const struct y_list *added)
{
	if (all->set && added->set)
		reader_mistake(r, added->at, arena_fmt(r->mem, "move its items to \"%s\"", key),
			"\"%s.add\" does nothing beside \"%s\"", key, key);
}

static void check_container_mounts(struct reader *r, const struct y_mounts *m)
{
	for (size_t i = 0; i < m->len; i++) {
		const struct y_str *to = &m->items[i].destination;
		if (to->v && to->v[0] && to->v[0] != '/')
			reader_mistake(r, to->at, "start it with `/`",
				"the mount point \"%s\" is not absolute", to->v);
	}
}

void check_options(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct image_options *o = item;
	(void)map;
	check_alone(r, &o->capabilities);
	check_alone(r, &o->capabilities_add);
	check_alone(r, &o->ambient);
	check_added(r, "capabilities", &o->capabilities, &o->capabilities_add);
	check_added(r, "binds", &o->binds, &o->binds_add);
	check_container_mounts(r, &o->mounts);
	check_limits_twice(r, o);
}

/* LinuxKit fills in the type and the place of the kernel's own filesystems. */
static bool is_usual(const struct y_str *v)
{
	static const char *const usual[] = { "proc", "devpts", "sysfs", "cgroup", "mqueue", NULL };
	for (size_t i = 0; v->v && usual[i]; i++) {
		if (strcmp(v->v, usual[i]) == 0)
			return true;
	}
	return false;
}

static bool given(const struct y_str *v)
{
	return v->v && v->v[0];
}

void check_mount(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct y_mount *m = item;
	bool on_dev = m->destination.v && strcmp(m->destination.v, "/dev") == 0;
	bool bad = (yaml_get(map, "type") && !m->type.v) ||
		   (yaml_get(map, "source") && !m->source.v) ||
		   (yaml_get(map, "destination") && !m->destination.v);
	if (bad) /* already said */
		return;
	if (!given(&m->type) && !is_usual(&m->source) && !on_dev)
		reader_fail(r, m->at, "add `type:`, such as bind or tmpfs",
			"the mount has no \"type\"");
	else if (!given(&m->destination) && !is_usual(given(&m->type) ? &m->type : &m->source))
		reader_fail(r, m->at, "add `destination:`", "the mount has no \"destination\"");
	if (m->type.v && strcmp(m->type.v, "bind") == 0 && !given(&m->source))
		reader_fail(
			r, m->type.at, "add `source:`", "a mount of type \"bind\" needs a source");
}

void check_device(struct reader *r, const struct yaml_node *map, const void *item)
{
	const struct y_device *dev = item;
	if (!dev->path.v)
		return;
	bool all = strcmp(dev->path.v, "all") == 0;
	if (!all && !yaml_get(map, "mode"))
		reader_fail(r, dev->at, "add `mode:`, as in `mode: \"0660\"`",
			"the device has no \"mode\"");
	if (dev->type.v && strcmp(dev->type.v, "a") == 0 && !all)
		reader_fail(r, dev->type.at, "write b (block) or c (character)",
			"the type \"a\" is only for the path \"all\"");
	if (!all && dev->path.v[0] != '/')
		reader_mistake(r, dev->path.at, "start it with `/`",
			"the device's path \"%s\" is not absolute", dev->path.v);
}
