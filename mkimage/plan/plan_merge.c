/*
 * LINUXKIT.md's merge order in one place: a value of the file replaces the label's, whole. Two keys
 * add instead (`.add`), and runtime merges key by key.
 */
#include "mkimage/plan/plan_impl.h"

/* Absent strings have no text, all else says whether it is set. */
#define PICK_STR(field) (out->field = yaml->field.v ? yaml->field : label->field)
#define PICK(field)	(out->field = yaml->field.set ? yaml->field : label->field)

static void merge_runtime(const struct runtime_options *yaml, const struct runtime_options *label,
	struct runtime_options *out)
{
	PICK(cgroups);
	PICK(mkdir);
	PICK(mounts);
	PICK(interfaces);
	PICK_STR(bind_cgroup);
	PICK_STR(bind_ipc);
	PICK_STR(bind_mnt);
	PICK_STR(bind_net);
	PICK_STR(bind_pid);
	PICK_STR(bind_user);
	PICK_STR(bind_uts);
	PICK_STR(namespace);
	out->set = yaml->set || label->set;
	out->at = yaml->set ? yaml->at : label->at;
}

static void merge_service(const struct service_options *yaml, const struct service_options *label,
	struct service_options *out)
{
	PICK(restart);
	PICK(after);
	PICK(requires);
	PICK(ready);
	PICK(health);
	PICK(healthy_after);
	PICK(stop);
	PICK(timeout);
	PICK_STR(on_failure);
	PICK_STR(seccomp);
	PICK(limits);
	PICK(log);
	PICK(landlock);
}

static void add(struct arena *a, struct y_list *to, const struct y_list *more)
{
	if (!more->set)
		return;
	struct y_list sum = { .set = true, .at = more->at };
	sum.items = arena_array(a, to->len + more->len, sizeof(*sum.items));
	for (size_t i = 0; i < to->len; i++)
		sum.items[sum.len++] = to->items[i];
	for (size_t i = 0; i < more->len; i++)
		sum.items[sum.len++] = more->items[i];
	*to = sum;
}

void plan_merge(struct arena *a, const struct image_options *yaml,
	const struct image_options *label, struct image_options *out)
{
	static const struct image_options none;
	if (!yaml)
		yaml = &none;
	if (!label)
		label = &none;
	*out = none;
	PICK(capabilities);
	PICK(ambient);
	PICK(mounts);
	PICK(binds);
	PICK(tmpfs);
	PICK(devices);
	PICK(command);
	PICK(env);
	PICK_STR(cwd);
	PICK_STR(net);
	PICK_STR(ipc);
	PICK_STR(uts);
	PICK_STR(pid);
	PICK_STR(userns);
	PICK_STR(hostname);
	PICK(readonly);
	PICK(no_new_privileges);
	PICK(masked_paths);
	PICK(readonly_paths);
	PICK(uid);
	PICK(gid);
	PICK(additional_gids);
	PICK(oom_score_adj);
	PICK_STR(rootfs_propagation);
	PICK_STR(cgroups_path);
	out->resources = yaml->resources.node ? yaml->resources : label->resources;
	PICK(sysctl);
	PICK(annotations);
	PICK(rlimits);
	PICK(uid_mappings);
	PICK(gid_mappings);
	PICK_STR(cgroupns);
	merge_service(&yaml->service, &label->service, &out->service);
	merge_runtime(&yaml->runtime, &label->runtime, &out->runtime);
	/* The label's own `.add` keys mean nothing, nor do the file's beside the whole list. */
	if (!yaml->capabilities.set)
		add(a, &out->capabilities, &yaml->capabilities_add);
	if (!yaml->binds.set)
		add(a, &out->binds, &yaml->binds_add);
}
