/* When a service that ended is started again. No clock and no chance of its own: both are given. */
#ifndef RT_SUPERVISE_BACKOFF_H
#define RT_SUPERVISE_BACKOFF_H

#include <stdint.h>

struct backoff_rule {
	uint32_t first_ms, most_ms;
	uint32_t limit, within_ms; /* restarts in a time; limit 0: none */
};

struct backoff {
	uint32_t wait_ms;   /* of the last restart, without jitter; 0: none yet */
	uint32_t count;	    /* restarts since window_ms */
	uint64_t window_ms; /* 0: no window is open */
};

/*
 * The wait before the next restart, or -1: there were too many. The wait doubles; up to an eighth
 * of it, as random says, comes on top, so that services that died together do not come back
 * together. Windows of within_ms follow each other, so over their border up to twice the limit may
 * pass.
 */
int64_t backoff_next(
	struct backoff *b, const struct backoff_rule *r, uint64_t now_ms, uint32_t random);
/* It lived long enough: the next wait is the first again. */
void backoff_calm(struct backoff *b);

#endif
