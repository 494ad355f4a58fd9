/* Borrowed slices of text: parsers walk over mapped files without copying or writing to them. */
#ifndef INIT_SPAN_H
#define INIT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

static inline struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

bool span_is(struct span a, const char *s);
bool span_starts(struct span a, const char *s);
static inline struct span span_skip(struct span a, size_t n)
{
	return (struct span){ a.at + n, a.len - n };
}

/* Cuts the text before the next sep off *rest. False when nothing is left. */
bool span_cut(struct span *rest, char sep, struct span *out);
/* The next non-empty word between blanks. False when nothing is left. */
bool span_word(struct span *rest, struct span *out);
/* Copies with a NUL. False, and an empty string, when it does not fit or holds a NUL byte. */
bool span_copy(struct span a, char *out, size_t size);
/* Decimal digits only, at most max. */
bool span_number(struct span a, unsigned long long max, unsigned long long *out);

#endif
