/*
 * What is done to a running container as a whole: its cgroup is frozen, read and limited. Each call
 * opens and locks the container's state by itself.
 */
#ifndef RT_CONTAINER_MANAGE_H
#define RT_CONTAINER_MANAGE_H

#include "system-runtime/json/write.h"
#include "system-runtime/oci/spec.h"
#include "system-runtime/state/state.h"

#include <sys/types.h>

/* A container that is not stopped, opened: what pause, ps, events and update begin with. */
struct managed {
	struct mem mem;
	struct state state;
	enum status status;
	int dir; /* the lock */
};

CHECK int managed_open(const char *root, const char *id, struct managed *m, struct rt_error *e);
void managed_close(struct managed *m);
#define AUTO_MANAGED __attribute__((cleanup(managed_close))) struct managed

/* Stops every process of the container, or lets them go on; returns when the kernel has done it. */
CHECK int container_pause(const char *root, const char *id, struct rt_error *e);
CHECK int container_resume(const char *root, const char *id, struct rt_error *e);
/* The processes of the container, in the host's numbers: at most size; *n are there. */
CHECK int container_pids(
	const struct managed *m, pid_t *pids, size_t size, size_t *n, struct rt_error *e);
/* Writes what resources names; the rest stays. */
CHECK int container_update(
	const char *root, const char *id, const struct resources_spec *r, struct rt_error *e);
/* The object "data" of an event of type stats (runc's words). */
void container_stats(const struct managed *m, struct json_out *o);
/* The number of the line "KEY N" in a file of the container's cgroup; 0 when there is none. */
uint64_t cgroup_count(const char *cgroup, const char *file, const char *key);

#endif
