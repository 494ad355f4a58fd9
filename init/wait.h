/* The one place where PID 1 sleeps: signals, children, devices, and a time limit. */
#ifndef INIT_WAIT_H
#define INIT_WAIT_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum request { REQUEST_NONE, REQUEST_POWEROFF, REQUEST_REBOOT, REQUEST_HALT };

struct wake {
	bool block_device;    /* one came or changed */
	unsigned line;	      /* what the supervisor says (init/line.h) */
	enum request request; /* a signal or the power button asks for this */
	bool watched_ended;   /* the process of wait_watch */
	int status;	      /* its wait status */
	bool no_children;     /* the last one has been reaped */
};

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t now_ns(void);
static inline uint64_t seconds(uint64_t n)
{
	return n * 1000000000u;
}
static inline uint64_t milliseconds(uint64_t n)
{
	return n * 1000000u;
}

/* Blocks the signals that init takes, and Ctrl-Alt-Del's reboot. Records why on failure. */
CHECK int wait_open(void);
/* In a child: the signals are its own again. */
void wait_release(void);
/* The child whose end is to be reported; 0: none. */
void wait_watch(pid_t pid);
/*
 * Sleeps until something happened or until deadline (now_ns' clock; UINT64_MAX: for ever), reaps
 * every child that has ended, and starts the worker that loads modules. May wake for nothing.
 */
void wait_for(uint64_t deadline, struct wake *w);
/* Reaps without sleeping. */
void wait_reap(struct wake *w);

#endif
