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

static inline bool span_is(struct span a, const char *s)
{
	return strlen(s) == a.len && memcmp(a.at, s, a.len) == 0;
}

static inline bool span_starts(struct span a, const char *s)
{
	size_t n = strlen(s);

	return a.len >= n && memcmp(a.at, s, n) == 0;
}

static inline struct span span_skip(struct span a, size_t n)
{
	return (struct span){ a.at + n, a.len - n };
}

/* Cuts the text before the next sep off *rest. False when nothing is left. */
static inline bool span_cut(struct span *rest, char sep, struct span *out)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->at, sep, rest->len);
	size_t n = end ? (size_t)(end - rest->at) : rest->len;

	*out = (struct span){ rest->at, n };
	*rest = span_skip(*rest, end ? n + 1 : n);
	return true;
}

/* The next non-empty word between blanks. False when nothing is left. */
static inline bool span_word(struct span *rest, struct span *out)
{
	while (span_cut(rest, ' ', out))
		if (out->len)
			return true;
	return false;
}

/* Copies with a NUL. False, and an empty string, when it does not fit or holds a NUL byte. */
static inline bool span_copy(struct span a, char *out, size_t size)
{
	out[0] = 0;
	if (a.len >= size || memchr(a.at, 0, a.len))
		return false;
	memcpy(out, a.at, a.len);
	out[a.len] = 0;
	return true;
}

/* Decimal digits only, at most max. */
static inline bool span_number(struct span a, unsigned long long max, unsigned long long *out)
{
	unsigned long long v = 0;

	if (a.len == 0)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (a.at[i] < '0' || a.at[i] > '9')
			return false;
		unsigned digit = (unsigned)(a.at[i] - '0');
		if (v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

#endif
