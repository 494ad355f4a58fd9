/* The end of the machine: everything killed, unmounted, written, and reboot(2). */
#ifndef INIT_SHUTDOWN_H
#define INIT_SHUTDOWN_H

#include "init/wait.h"

enum {
	SHUTDOWN_GRACE = 2,   /* seconds between SIGTERM and SIGKILL for what is left */
	SHUTDOWN_KILL = 2,    /* seconds that killed processes get to be gone */
	SHUTDOWN_FORCED = 15, /* seconds for unmounting and writing; then the machine goes anyway */
};

/* Takes SHUTDOWN_GRACE + SHUTDOWN_KILL + SHUTDOWN_FORCED seconds at most, whatever hangs; a few
 * milliseconds when nothing is left. REQUEST_NONE is a halt. */
_Noreturn void machine_end(enum request r);

#endif
