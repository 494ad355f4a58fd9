#include "system-runtime/supervise/runtime_json.h"

static const struct field mount_fields[] = {
	FIELD_NEEDED(struct mount_spec, destination, F_STR),
	FIELD(struct mount_spec, type, F_STR),
	FIELD(struct mount_spec, source, F_STR),
	FIELD(struct mount_spec, options, F_STRV),
};
static const struct table mount_table = TABLE(struct mount_spec, mount_fields);

static const struct field bind_fields[] = {
	FIELD(struct bind_ns, cgroup, F_STR),
	FIELD(struct bind_ns, ipc, F_STR),
	FIELD(struct bind_ns, mnt, F_STR),
	FIELD(struct bind_ns, net, F_STR),
	FIELD(struct bind_ns, pid, F_STR),
	FIELD(struct bind_ns, user, F_STR),
	FIELD(struct bind_ns, uts, F_STR),
};
static const struct table bind_table = TABLE(struct bind_ns, bind_fields);

static const struct field fields[] = {
	FIELD(struct runtime_json, cgroups, F_STRV),
	FIELD(struct runtime_json, mkdir, F_STRV),
	FIELD_SUB(struct runtime_json, mounts, F_OBJV, mount_table),
	FIELD_SUB(struct runtime_json, bindNS, F_OBJ, bind_table),
	FIELD_REFUSED("interfaces", "network interfaces are not made or moved"),
};
/* "namespace" names containerd's namespace, which means nothing here: passed over. */
const struct table runtime_json_table = TABLE(struct runtime_json, fields);
