#ifndef DISK_FILESYSTEM_H
#define DISK_FILESYSTEM_H

#include "settings.h"

/* Whether the device holds one of those that we make: "ext4", "xfs", "btrfs"; NULL: none of them.
 */
const char *filesystem_probe(int fd, uint64_t offset);

int filesystem_make(const char *device, const struct settings *s);
/* Mends what a power cut left. */
int filesystem_check(const char *device, const char *type);
int filesystem_mount(const char *device, const char *type, const char *target);
/* What is mounted grows to its device. */
int filesystem_grow(const char *device, const char *type, const char *target);

#endif
