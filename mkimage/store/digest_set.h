/* Sets of digests. */
#ifndef STORE_DIGEST_SET_H
#define STORE_DIGEST_SET_H

#include "base/arena.h"
#include "base/digest.h"

/* Zeroed: empty. */
struct digest_set {
	struct digest *items; /* open addressing; cap is a power of two */
	bool *used;
	size_t len, cap;
};

/* false: it was in already. */
bool digest_set_add(struct arena *a, struct digest_set *s, const struct digest *g);
bool digest_set_has(const struct digest_set *s, const struct digest *g);

#endif
