/* Unmounting everything, the newest mount first. */
#ifndef INIT_UNMOUNT_H
#define INIT_UNMOUNT_H

#include "init/span.h"

/* Whatever cannot be unmounted is made read-only, and said. */
void unmount_all(void);

/* The mount point of a line of mountinfo (proc_pid_mountinfo(5)), its octal escapes undone. False
 * when the line has none or it does not fit. */
bool mountinfo_target(struct span line, char *out, size_t size);

#endif
