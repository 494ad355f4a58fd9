#include "mkimage/store/digest_set.h"

#include <string.h>

/* Where g is, or is to go. */
static size_t slot(const struct digest_set *s, const struct digest *g)
{
	uint64_t at;
	memcpy(&at, g->bytes, sizeof(at));
	while (s->used[at & (s->cap - 1)] && !digest_equal(&s->items[at & (s->cap - 1)], g))
		at++;
	return at & (s->cap - 1);
}

static void grow(struct arena *a, struct digest_set *s)
{
	struct digest_set old = *s;
	s->cap = old.cap ? old.cap * 2 : 64;
	s->items = arena_array(a, s->cap, sizeof(*s->items));
	s->used = arena_array(a, s->cap, sizeof(*s->used));
	for (size_t i = 0; i < old.cap; i++) {
		if (!old.used[i])
			continue;
		size_t to = slot(s, &old.items[i]);
		s->items[to] = old.items[i];
		s->used[to] = true;
	}
}

bool digest_set_add(struct arena *a, struct digest_set *s, const struct digest *g)
{
	if ((s->len + 1) * 2 > s->cap)
		grow(a, s);
	size_t at = slot(s, g);
	if (s->used[at])
		return false;
	s->items[at] = *g;
	s->used[at] = true;
	s->len++;
	return true;
}

bool digest_set_has(const struct digest_set *s, const struct digest *g)
{
	return s->cap && s->used[slot(s, g)];
}
