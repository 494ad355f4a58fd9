/*
 * The line between PID 1 and the supervisor: a socket pair, a byte a message and what follows it
 * (docs/boot.md, "Init and the supervisor"). It ends with the supervisor, and the next one gets its
 * own.
 */
#ifndef INIT_LINE_H
#define INIT_LINE_H

#include "base/attr.h"

#include <sys/types.h>

/* What the supervisor says, as bits. */
enum {
	LINE_ALIVE = 1,	  /* '.': its loop turns */
	LINE_DRIVERS = 2, /* 'd': something waits for the drivers of devices */
	LINE_STARTED = 4, /* 's': all that waits for no driver has been started */
};

/* Descriptors that come with a byte stay open here for the supervisors to come. */
enum { KEPT_MAX = 1024 };

/* A new line; the supervisor's end, for spawn_supervisor, or -1 with the reason recorded. */
CHECK int line_open(void);
/* Negative: there is none. */
int line_fd(void);
unsigned line_receive(void);
/* In the child that becomes a supervisor: it gets what was kept, under the same numbers. */
void line_pass_kept(void);
/* Says that every device has been offered its driver. */
void line_say_settled(void);
/* Says how a process ended that a former supervisor had started, or anybody else; the newest
 * of these are said again to a new supervisor. */
enum { ENDED_MAX = 64 };
void line_say_ended(pid_t pid, int status);

#endif
