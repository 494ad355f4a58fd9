/* The life of PID 1 after the boot: it keeps the supervisor running, and ends the machine. */
#ifndef INIT_SUPERVISE_H
#define INIT_SUPERVISE_H

#include "init/bootconf.h"

/* The supervisor's exit statuses (docs/ARCHITECTURE.md, "Shutdown"). Any other end is a crash. */
enum {
	SUPERVISOR_POWEROFF = 64,
	SUPERVISOR_REBOOT = 65,
	SUPERVISOR_HALT = 66,
	SUPERVISOR_BOOT_FAILED = 67, /* a step of onboot failed, and its policy is to stop there */
};

_Noreturn void supervise(const struct bootconf *c);

#endif
