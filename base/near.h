/* "Did you mean": the known name that a mistyped word is closest to. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/arena.h"

/*
 * The nearest of the names, or NULL when none is near: edits (insert, delete, change, swap of
 * neighbours) up to a third of the word's length. Long words are compared by their first 64 bytes.
 */
const char *near_name(const char *word, const struct strings *names);

/* `did you mean "x"?`, or otherwise (may be NULL). In the arena. */
const char *near_hint(
	struct arena *a, const char *word, const struct strings *names, const char *otherwise);

#endif
