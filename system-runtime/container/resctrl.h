/*
 * Classes of cache and memory bandwidth (runtime-spec config-linux.md, "IntelRdt"; Linux:
 * Documentation/filesystems/resctrl.rst). A class is a folder of the resctrl filesystem.
 */
#ifndef RT_CONTAINER_RESCTRL_H
#define RT_CONTAINER_RESCTRL_H

#include "system-runtime/oci/spec.h"
#include "system-runtime/state/state.h"

/* root: of the filesystem, or of a folder with the same files. */

/* Names the class in *s and says what of it will be ours to remove: to be saved before rdt_make. */
CHECK int rdt_plan(int root, const struct rdt_spec *r, struct state *s, struct rt_error *e);
/* *made: its folder is new, and has no limits yet. */
CHECK int rdt_make(int root, struct state *s, bool *made, struct rt_error *e);
/* A class of others has to say what l3CacheSchema and memBwSchema want; schemata is written. */
CHECK int rdt_limit(
	int root, const struct rdt_spec *r, const struct state *s, bool made, struct rt_error *e);
CHECK int rdt_join(int root, const struct state *s, pid_t pid, struct rt_error *e);
CHECK int rdt_remove(int root, const struct state *s, struct rt_error *e);

enum resctrl_step { RESCTRL_PLAN, RESCTRL_MAKE, RESCTRL_JOIN, RESCTRL_REMOVE };

/* One of these in the mounted filesystem; 0 for a container without a class (r and s->rdt are
 * NULL). Where nothing is mounted any more there is nothing to remove. */
CHECK int resctrl_do(enum resctrl_step step, const struct rdt_spec *r, struct state *s, pid_t pid,
	struct rt_error *e);

#endif
