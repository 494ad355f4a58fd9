#include "mkimage/pkg/glob.h"

#include <stdint.h>
#include <string.h>

/* One part against one part. A failure goes back to the last star only: an earlier one could not do
 * better. */
static bool part_match(const char *g, size_t g_len, const char *s, size_t s_len)
{
	size_t i = 0, k = 0, star = SIZE_MAX, star_k = 0;
	while (k < s_len) {
		if (i < g_len && g[i] == '*') {
			star = i++;
			star_k = k;
		} else if (i < g_len && (g[i] == '?' || g[i] == s[k])) {
			i++;
			k++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			k = ++star_k;
		} else {
			return false;
		}
	}
	while (i < g_len && g[i] == '*')
		i++;
	return i == g_len;
}

struct part {
	const char *at;
	size_t len;
};

/* The next part that counts; len 0: there is none. Moves *p behind it. */
static struct part next(const char **p)
{
	for (;;) {
		while (**p == '/')
			++*p;
		struct part out = { *p, strcspn(*p, "/") };
		*p += out.len;
		if (out.len != 1 || *out.at != '.')
			return out;
	}
}

bool glob_match(const char *glob, const char *path)
{
	const char *after_stars = NULL, *retry = NULL;
	for (;;) {
		const char *glob_next = glob, *path_next = path;
		struct part g = next(&glob_next), s = next(&path_next);
		if (g.len == 2 && memcmp(g.at, "**", 2) == 0) {
			after_stars = glob = glob_next;
			retry = path;
		} else if (!s.len && !g.len) {
			return true;
		} else if (s.len && g.len && part_match(g.at, g.len, s.at, s.len)) {
			glob = glob_next;
			path = path_next;
		} else if (after_stars && s.len) {
			/* The stars take one part more. */
			(void)next(&retry);
			path = retry;
			glob = after_stars;
		} else {
			return false;
		}
	}
}
