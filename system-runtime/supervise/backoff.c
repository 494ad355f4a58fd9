#include "system-runtime/supervise/backoff.h"

int64_t backoff_next(
	struct backoff *b, const struct backoff_rule *r, uint64_t now_ms, uint32_t random)
{
	uint64_t wait = b->wait_ms == 0 ? r->first_ms : (uint64_t)b->wait_ms * 2;

	if (b->window_ms == 0 || now_ms - b->window_ms >= r->within_ms) {
		b->window_ms = now_ms > 0 ? now_ms : 1;
		b->count = 0;
	}
	if (r->limit > 0 && b->count >= r->limit)
		return -1;
	b->count++;
	if (wait > r->most_ms)
		wait = r->most_ms;
	b->wait_ms = (uint32_t)wait;
	return (int64_t)(wait + random % (wait / 8 + 1));
}

void backoff_calm(struct backoff *b)
{
	b->wait_ms = 0;
}
