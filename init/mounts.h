/* The filesystems of the kernel and of RAM that every Linux userland expects. */
#ifndef INIT_MOUNTS_H
#define INIT_MOUNTS_H

#include "base/attr.h"

/* /proc, /sys, /dev and /run; what is there already stays. Standard input, output and error are
 * the console afterwards. */
CHECK int mount_early(void);
/* The rest, on the root: /tmp, /var, devpts, shm, mqueue and what else the kernel offers; "/" is
 * read-only and shared afterwards. */
CHECK int mount_rest(void);
/* cgroup v2 at /sys/fs/cgroup, with every controller for the groups below. */
CHECK int mount_cgroup(void);

#endif
