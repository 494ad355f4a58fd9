/*
 * A service's log: a bounded ring of lines in a file of /run (memory), mapped shared, so that a
 * new supervisor finds what the old one wrote.
 */
#ifndef RT_SUPERVISE_RING_H
#define RT_SUPERVISE_RING_H

#include "base/attr.h"
#include "system-runtime/common/error.h"

#include <stdint.h>

enum { RING_SIZE = 64 * 1024 }; /* of lines and their heads; a power of two */

struct ring_head;

struct ring {
	struct ring_head *head; /* NULL: not open */
};

struct ring_line {
	uint64_t ms;	  /* CLOCK_BOOTTIME */
	const char *text; /* valid until the next call on the ring */
	size_t len;
};

/* Opens or makes dir/name. A file that does not hold a valid ring is started afresh. */
CHECK int ring_open(struct ring *r, int dir, const char *name, struct rt_error *e);
void ring_close(struct ring *r);
void ring_add(struct ring *r, uint64_t ms, const char *text, size_t len);
/* Positions go from ring_first to ring_end; ring_next gives the line at *at and moves it on. */
uint64_t ring_first(const struct ring *r);
uint64_t ring_end(const struct ring *r);
int ring_next(const struct ring *r, uint64_t *at, struct ring_line *out);

#endif
