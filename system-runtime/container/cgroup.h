/* cgroup v2, wherever it is mounted (Linux: Documentation/admin-guide/cgroup-v2.rst). */
#ifndef RT_CONTAINER_CGROUP_H
#define RT_CONTAINER_CGROUP_H

#include "system-runtime/oci/spec.h"

#include <sys/types.h>

/* The folder of the cgroup2 mount; NULL and ENOENT when there is none, or another errno. */
const char *cgroup_mount(void);
/* Makes path (below the mount) and every folder above it. *made: the last one is new. Refuses one
 * that has processes. *fd is negative when the machine has no cgroup2. */
CHECK int cgroup_make(const char *path, int *fd, bool *made, struct rt_error *e);
/* Writes the limits but those on devices; enables controllers on the way down. */
CHECK int cgroup_limit(
	const char *path, int fd, const struct resources_spec *r, struct rt_error *e);
/* The same for a cgroup in use, without device rules; what r does not name stays. */
CHECK int cgroup_update(
	const char *path, int fd, const struct resources_spec *r, struct rt_error *e);
/* Gives the cgroup to the container's user where the spec wants that. */
CHECK int cgroup_delegate(int fd, const struct spec *s, struct rt_error *e);
/* Attaches the device program that rules describes (cgroup_devices.c). For the kernel this is the
 * longest step of all: it may be taken while the first process sets itself up. */
CHECK int cgroup_limit_devices(
	int fd, const struct device_rule *rules, size_t n, struct rt_error *e);
/* True: every cgroup below parent is held to the default devices, by a program there that no rule
 * of theirs can widen. It is made when it is missing. */
bool cgroup_shares_devices(const char *parent);
/* The same in one step for a cgroup in use: the rules of before are gone. */
CHECK int cgroup_replace_devices(
	int fd, const struct device_rule *rules, size_t n, struct rt_error *e);
/* Kills every process in it; 0 also when there is none. */
CHECK int cgroup_kill(const char *path, struct rt_error *e);
/* Sends sig to each process below it. */
CHECK int cgroup_signal(const char *path, int sig, struct rt_error *e);
/* The processes in it and below it, at most size; -1 and errno. */
CHECK int cgroup_pids(const char *path, pid_t *pids, size_t size, size_t *n);
/* Waits until it has no process; 1 empty, 0 timed out. */
int cgroup_wait_empty(const char *path, int timeout_ms);
/* False: it has processes, or cgroups below it, or there is none. */
bool cgroup_remove_empty(const char *path);
/* Removes it with all below it. */
CHECK int cgroup_remove(const char *path, struct rt_error *e);
bool cgroup_exists(const char *path);
bool cgroup_is_frozen(const char *path);
/* Opens PATH/FILE; -1 and errno. */
int cgroup_open(const char *path, const char *file, int flags);
/* The number after "populated " in an open cgroup.events; -1 when it cannot be read. */
int cgroup_populated(int events);

#endif
