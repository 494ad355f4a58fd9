/*
 * Drivers for devices: cold plug (what sysfs shows) and hot plug (uevents). Modules are loaded by a
 * worker process, one at a time: a driver that takes seconds to find its device, or for ever, does
 * not stop PID 1.
 */
#ifndef INIT_HOTPLUG_H
#define INIT_HOTPLUG_H

#include "base/attr.h"

#include <stdbool.h>
#include <sys/types.h>

/* Before cold plug, so that nothing falls between the two. Records why on failure. */
CHECK int hotplug_open(void);
int hotplug_fd(void);
/* Takes what the kernel said: which kinds of devices came or changed, as bits. */
enum { HOTPLUG_BLOCK = 1, HOTPLUG_INPUT = 2 };
unsigned hotplug_receive(void);
/* Asks for a look at every device. */
void hotplug_cold(void);
/* Starts the worker when there is something to load and none runs. */
void hotplug_run(void);
bool hotplug_busy(void);
/* A child has ended: true when it was the worker. */
bool hotplug_reaped(pid_t pid);
/* Kills the worker, without waiting for it. */
void hotplug_stop(void);
/* Listens no more, and starts no worker. */
void hotplug_close(void);

/* Loads what every device in sysfs asks for; in the worker. */
void coldplug(void);

#endif
