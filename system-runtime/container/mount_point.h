/* Where the machine has a filesystem of one type (proc(5), /proc/PID/mountinfo). */
#ifndef RT_CONTAINER_MOUNT_POINT_H
#define RT_CONTAINER_MOUNT_POINT_H

#include <stdbool.h>
#include <stddef.h>

/* type: with a blank behind it. False and errno: ENOENT when there is none. */
bool mount_point(const char *type, char *out, size_t size);

#endif
