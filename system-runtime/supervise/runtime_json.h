/* LinuxKit's runtime.json. */
#ifndef RT_SUPERVISE_RUNTIME_JSON_H
#define RT_SUPERVISE_RUNTIME_JSON_H

#include "system-runtime/oci/spec.h"

struct bind_ns {
	const char *cgroup, *ipc, *mnt, *net, *pid, *user, *uts;
};

struct runtime_json {
	struct strv cgroups, mkdir;
	VEC(struct mount_spec) mounts;
	struct bind_ns *bindNS;
};

extern const struct table runtime_json_table;

#endif
