/* From the initrd to the root: finding it, mounting it, going there. */
#ifndef INIT_ROOT_H
#define INIT_ROOT_H

#include "init/bootconf.h"

/* Where the root is mounted in the initrd. */
#define ROOT_MOUNT "/sysroot"

/* Loads the boot's modules, waits for the medium, mounts the root. Records why on failure. */
CHECK int root_mount(const struct bootconf *c);
/* Moves /dev, /proc, /sys and /run into the root, makes it "/", deletes the initrd's files, and
 * starts its /sbin/init in our place. Returns only to fail. */
CHECK int switch_root(void);

/* Whether "/" is the kernel's first rootfs itself, which no mount can be pivoted away from. */
bool root_is_rootfs(void);
/*
 * A tree that was unpacked as an initrd and is the system itself (LinuxKit's kernel+initrd): mounts
 * "/" over itself, since pivot_root(2) refuses a root that has no parent mount. Nothing is
 * copied.
 */
CHECK int root_in_place(void);

#endif
