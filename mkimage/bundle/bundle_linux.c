#include "mkimage/bundle/bundle_impl.h"

static void name_space(struct json_out *o, yyjson_mut_val *list, const char *type, const char *path)
{
	if (!path)
		return;
	yyjson_mut_val *n = bundle_object(o);
	bundle_add_str(o, n, "type", type);
	bundle_opt_str(o, n, "path", path);
	yyjson_mut_arr_append(list, n);
}

/* LinuxKit's order; it has no cgroup namespace, so ours comes last. */
static yyjson_mut_val *namespaces(struct json_out *o, const struct service *s)
{
	yyjson_mut_val *list = bundle_array(o);
	name_space(o, list, "network", s->net);
	name_space(o, list, "ipc", s->ipc);
	name_space(o, list, "uts", s->uts);
	name_space(o, list, "pid", s->pid);
	name_space(o, list, "user", s->userns);
	name_space(o, list, "mount", "");
	name_space(o, list, "cgroup", s->cgroupns);
	return list;
}

static void devices(struct json_out *o, yyjson_mut_val *obj, const struct service *s)
{
	yyjson_mut_val *list = bundle_array(o);
	for (size_t i = 0; i < s->devices_len; i++) {
		const struct device *dev = &s->devices[i];
		if (!dev->path)
			continue;
		yyjson_mut_val *v = bundle_object(o);
		bundle_add_str(o, v, "path", dev->path);
		bundle_add_str(o, v, "type", dev->type);
		bundle_add_int(o, v, "major", dev->major);
		bundle_add_int(o, v, "minor", dev->minor);
		bundle_add_uint(o, v, "fileMode", dev->mode);
		yyjson_mut_arr_append(list, v);
	}
	if (yyjson_mut_arr_size(list))
		bundle_add(o, obj, "devices", list);
}

int bundle_linux(struct json_out *o, const struct service *s, yyjson_mut_val **out)
{
	yyjson_mut_val *l = bundle_object(o), *resources;
	if (bundle_resources(o, s, &resources) < 0)
		return -1;
	bundle_opt_ids(o, l, "uidMappings", s->uid_mappings, s->uid_mappings_len);
	bundle_opt_ids(o, l, "gidMappings", s->gid_mappings, s->gid_mappings_len);
	bundle_opt_map(o, l, "sysctl", &s->sysctl);
	bundle_add(o, l, "resources", resources);
	bundle_opt_str(o, l, "cgroupsPath", s->cgroups_path);
	bundle_add(o, l, "namespaces", namespaces(o, s));
	devices(o, l, s);
	if (s->seccomp)
		bundle_add(o, l, "seccomp", bundle_seccomp(o, s->seccomp));
	bundle_opt_str(o, l, "rootfsPropagation", s->rootfs_propagation);
	bundle_opt_strings(o, l, "maskedPaths", &s->masked_paths);
	bundle_opt_strings(o, l, "readonlyPaths", &s->readonly_paths);
	*out = l;
	return 0;
}
