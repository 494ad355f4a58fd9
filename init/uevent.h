/* The kernel's announcements of devices (NETLINK_KOBJECT_UEVENT, lib/kobject_uevent.c). */
#ifndef INIT_UEVENT_H
#define INIT_UEVENT_H

#include "init/span.h"

/* The kernel's own limit is 2048 bytes of variables and a path. */
enum { UEVENT_MAX = 8192 };

enum uevent_result { UEVENT_GOT, UEVENT_NONE, UEVENT_LOST };

/* A descriptor that does not block, or -1 with errno. */
int uevent_open(void);
/* UEVENT_LOST: the kernel dropped events, look at sysfs again. Messages that other processes forge
 * are skipped. */
enum uevent_result uevent_receive(int fd, char buffer[UEVENT_MAX], struct span *out);
/* The value of KEY=VALUE among the NUL-separated strings of a message. */
bool uevent_get(struct span message, const char *key, struct span *value);

#endif
