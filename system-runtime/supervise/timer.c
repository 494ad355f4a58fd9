#include "system-runtime/supervise/timer.h"

#include <stdlib.h>

int timers_reserve(struct timers *all, size_t n)
{
	struct timer **p;

	if (n <= all->cap)
		return 0;
	p = realloc(all->heap, n * sizeof(*p));
	if (p == NULL)
		return -1;
	all->heap = p;
	all->cap = (uint32_t)n;
	return 0;
}

static void put(struct timers *all, uint32_t place, struct timer *t)
{
	all->heap[place - 1] = t;
	t->place = place;
}

/* t looks for its place from the hole at place on. */
static void settle(struct timers *all, uint32_t place, struct timer *t)
{
	struct timer *up, *down;

	while (place > 1 && (up = all->heap[place / 2 - 1])->at_ms > t->at_ms) {
		put(all, place, up);
		place /= 2;
	}
	for (uint32_t child; (child = place * 2) <= all->n; place = child) {
		if (child < all->n && all->heap[child]->at_ms < all->heap[child - 1]->at_ms)
			child++;
		down = all->heap[child - 1];
		if (down->at_ms >= t->at_ms)
			break;
		put(all, place, down);
	}
	put(all, place, t);
}

void timer_set(struct timers *all, struct timer *t, uint64_t at_ms)
{
	uint32_t place = t->place;

	if (place == 0 && all->n == all->cap)
		return; /* more than were reserved: a bug, and no deadline */
	t->at_ms = at_ms;
	settle(all, place ? place : ++all->n, t);
}

void timer_clear(struct timers *all, struct timer *t)
{
	uint32_t place = t->place;

	if (place == 0)
		return;
	t->place = 0;
	struct timer *last = all->heap[--all->n];
	if (last != t)
		settle(all, place, last);
}

struct timer *timers_due(struct timers *all, uint64_t now_ms)
{
	struct timer *t = all->n > 0 ? all->heap[0] : NULL;

	if (t == NULL || t->at_ms > now_ms)
		return NULL;
	timer_clear(all, t);
	return t;
}
