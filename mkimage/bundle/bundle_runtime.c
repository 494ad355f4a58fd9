#include "mkimage/bundle/bundle_impl.h"

#include <string.h>

static yyjson_mut_val *list(struct json_out *o, const struct y_list *l)
{
	yyjson_mut_val *arr = bundle_array(o);
	for (size_t i = 0; i < l->len; i++)
		yyjson_mut_arr_add_str(o->doc, arr, l->items[i].v);
	return arr;
}

static struct mount_point made(const char *destination, const char *type, const char *source)
{
	return (struct mount_point){ .destination = destination, .type = type, .source = source };
}

static void options(struct json_out *o, struct mount_point *m, const char *first,
	const char *second, const char *third)
{
	const char *const all[] = { first, second, third };
	for (size_t i = 0; i < ARRAY_LEN(all) && all[i]; i++)
		vec_push(o->mem, &m->options, all[i]);
}

/*
 * What makes rootfs: a bind of the files for a read-only root, else an overlay above them whose
 * upper layer is a tmpfs that nothing else sees.
 */
static void root_mounts(struct json_out *o, const struct service *s, yyjson_mut_val *arr)
{
	const char *files = arena_fmt(o->mem, "/%s", s->root_dir);
	const char *rootfs = arena_fmt(o->mem, "/%s/rootfs", s->bundle);
	const char *tmp = arena_fmt(o->mem, "/%s/tmp", s->bundle);
	struct mount_point m;
	if (s->readonly) {
		m = made(rootfs, "bind", files);
		options(o, &m, "bind", NULL, NULL);
		yyjson_mut_arr_append(arr, bundle_mount(o, &m));
		return;
	}
	m = made(tmp, "tmpfs", "tmpfs");
	yyjson_mut_arr_append(arr, bundle_mount(o, &m));
	m = made(tmp, NULL, NULL);
	options(o, &m, "remount", "private", NULL);
	yyjson_mut_arr_append(arr, bundle_mount(o, &m));
	m = made(rootfs, "overlay", "overlay");
	options(o, &m, arena_fmt(o->mem, "lowerdir=%s", files),
		arena_fmt(o->mem, "upperdir=%s/upper", tmp),
		arena_fmt(o->mem, "workdir=%s/work", tmp));
	yyjson_mut_arr_append(arr, bundle_mount(o, &m));
}

static yyjson_mut_val *mounts(struct json_out *o, const struct service *s)
{
	yyjson_mut_val *arr = bundle_array(o);
	root_mounts(o, s, arr);
	for (size_t i = 0; i < s->runtime.mounts.len; i++) {
		const struct y_mount *y = &s->runtime.mounts.items[i];
		struct mount_point m = made(y->destination.v, y->type.v, y->source.v);
		for (size_t k = 0; k < y->options.len; k++)
			vec_push(o->mem, &m.options, y->options.items[k].v);
		yyjson_mut_arr_append(arr, bundle_mount(o, &m));
	}
	return arr;
}

static yyjson_mut_val *interfaces(struct json_out *o, const struct y_interfaces *l)
{
	yyjson_mut_val *arr = bundle_array(o);
	for (size_t i = 0; i < l->len; i++) {
		const struct y_interface *y = &l->items[i];
		yyjson_mut_val *v = bundle_object(o);
		bundle_opt_str(o, v, "name", y->name.v);
		bundle_opt_str(o, v, "add", y->add.v);
		bundle_opt_str(o, v, "peer", y->peer.v);
		bundle_add(o, v, "createInRoot", yyjson_mut_bool(o->doc, y->create_in_root.v));
		yyjson_mut_arr_append(arr, v);
	}
	return arr;
}

static yyjson_mut_val *bind_ns(struct json_out *o, const struct runtime_options *r)
{
	const struct {
		const char *key, *path;
	} all[] = {
		{ "cgroup", r->bind_cgroup.v },
		{ "ipc", r->bind_ipc.v },
		{ "mnt", r->bind_mnt.v },
		{ "net", r->bind_net.v },
		{ "pid", r->bind_pid.v },
		{ "user", r->bind_user.v },
		{ "uts", r->bind_uts.v },
	};
	yyjson_mut_val *v = bundle_object(o);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		bundle_add_str(o, v, all[i].key, all[i].path ? all[i].path : "");
	return v;
}

int bundle_runtime_json(struct arena *a, const struct service *s, unsigned indent, char **text,
	size_t *len, struct diags *d)
{
	struct json_out o = { .mem = a, .doc = json_new(a), .d = d };
	yyjson_mut_val *root = bundle_object(&o);
	const char *name_space = s->runtime.namespace.v;
	yyjson_mut_doc_set_root(o.doc, root);
	bundle_add(&o, root, "cgroups", list(&o, &s->runtime.cgroups));
	bundle_add(&o, root, "mounts", mounts(&o, s));
	bundle_add(&o, root, "mkdir", list(&o, &s->runtime.mkdir));
	bundle_add(&o, root, "interfaces", interfaces(&o, &s->runtime.interfaces));
	bundle_add(&o, root, "bindNS", bind_ns(&o, &s->runtime));
	bundle_add_str(&o, root, "namespace", name_space ? name_space : "");
	return bundle_finish(&o, indent, text, len);
}
