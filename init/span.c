#include "init/span.h"

bool span_cut(struct span *rest, char sep, struct span *out)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->at, sep, rest->len);
	size_t n = end ? (size_t)(end - rest->at) : rest->len;

	*out = (struct span){ rest->at, n };
	*rest = span_skip(*rest, end ? n + 1 : n);
	return true;
}

bool span_word(struct span *rest, struct span *out)
{
	while (span_cut(rest, ' ', out))
		if (out->len)
			return true;
	return false;
}

bool span_copy(struct span a, char *out, size_t size)
{
	out[0] = 0;
	if (a.len >= size || memchr(a.at, 0, a.len))
		return false;
	memcpy(out, a.at, a.len);
	out[a.len] = 0;
	return true;
}

bool span_number(struct span a, unsigned long long max, unsigned long long *out)
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

bool span_is(struct span a, const char *s)
{
	return strlen(s) == a.len && memcmp(a.at, s, a.len) == 0;
}

bool span_starts(struct span a, const char *s)
{
	size_t n = strlen(s);

	return a.len >= n && memcmp(a.at, s, n) == 0;
}
