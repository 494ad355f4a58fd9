/* What an exec runs: a process file, or the container's own process with other words. */
#ifndef RT_CONTAINER_EXEC_PROCESS_H
#define RT_CONTAINER_EXEC_PROCESS_H

#include "system-runtime/oci/spec.h"

struct exec_request {
	const char *const *args, *const *env; /* env is added to the container's, as are: */
	const char *const *groups, *const *caps;
	size_t n_args, n_env, n_groups, n_caps;
	const char *cwd, *user, *process_file; /* NULL: the container's */
	bool terminal, no_new_privs;
};

CHECK int exec_process_load(const char *root, const char *id, const struct exec_request *r,
	struct mem *m, struct process_spec *out, struct rt_error *e);

#endif
