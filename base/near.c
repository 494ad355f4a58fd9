#include "base/near.h"

#include <string.h>

enum { WORD_MAX = 64 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1];
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3], *above = rows[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned change = up[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = least(change, least(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], above[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *near_name(const char *word, const struct strings *names)
{
	size_t len = strnlen(word, WORD_MAX);
	unsigned best = (unsigned)(len < 3 ? 1 : len / 3) + 1;
	const char *found = NULL;
	vec_each (const char *, n, names) {
		unsigned is = distance(word, len, *n, strnlen(*n, WORD_MAX));
		if (is < best) {
			best = is;
			found = *n;
		}
	}
	return found;
}

const char *near_hint(
	struct arena *a, const char *word, const struct strings *names, const char *otherwise)
{
	const char *found = near_name(word, names);
	return found ? arena_fmt(a, "did you mean \"%s\"?", found) : otherwise;
}
