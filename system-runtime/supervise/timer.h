/* Deadlines in a binary heap. Times are milliseconds of CLOCK_BOOTTIME; the caller brings the
 * clock. */
#ifndef RT_SUPERVISE_TIMER_H
#define RT_SUPERVISE_TIMER_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct supervisor;

struct timer {
	uint64_t at_ms;
	uint32_t place; /* in the heap, from 1; 0: not set */
	void (*fire)(struct supervisor *s, void *owner);
	void *owner;
};

struct timers {
	struct timer **heap; /* the first is the next */
	uint32_t n, cap;
};

/* Room for n timers: setting one cannot fail afterwards. */
CHECK int timers_reserve(struct timers *all, size_t n);
void timer_set(struct timers *all, struct timer *t, uint64_t at_ms);
void timer_clear(struct timers *all, struct timer *t);
/* The next whose time has come, cleared; NULL when there is none. */
struct timer *timers_due(struct timers *all, uint64_t now_ms);

#endif
