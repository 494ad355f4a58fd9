#include "init/modalias.h"

static char folded(char c)
{
	return c == '-' ? '_' : c;
}

/* One bracket at p (after '['): *next is behind its ']'. An unclosed bracket matches nothing. */
static bool bracket(const char *p, const char *end, char c, const char **next)
{
	bool negate = p < end && (*p == '!' || *p == '^'), hit = false;

	if (negate)
		p++;
	for (const char *first = p; p < end && (*p != ']' || p == first); p++) {
		if (end - p > 2 && p[1] == '-' && p[2] != ']') {
			hit |= (unsigned char)c >= (unsigned char)p[0] &&
			       (unsigned char)c <= (unsigned char)p[2];
			p += 2;
		} else {
			hit |= *p == c;
		}
	}
	*next = p < end ? p + 1 : end;
	return p < end && hit != negate;
}

/* Only the last star needs to be tried again, which bounds the work to the product of the lengths.
 */
bool modalias_match(struct span pattern, struct span text)
{
	const char *p = pattern.at, *p_end = p + pattern.len, *t = text.at, *t_end = t + text.len;
	const char *star = NULL, *retry = NULL, *next;

	while (t < t_end) {
		if (p < p_end && *p == '*') {
			star = ++p;
			retry = t;
			if (p == p_end)
				return true;
			continue;
		}
		bool ok = false;
		next = p + 1;
		if (p < p_end && *p == '[')
			ok = bracket(p + 1, p_end, *t, &next);
		else if (p < p_end)
			ok = *p == '?' || folded(*p) == folded(*t);
		if (ok) {
			p = next;
			t++;
		} else if (star) {
			p = star;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

bool modalias_line(struct span line, struct span *pattern, struct span *module)
{
	struct span word;

	return span_word(&line, &word) && span_is(word, "alias") && span_word(&line, pattern) &&
	       span_word(&line, module);
}

struct span modalias_get(const struct modalias_set *set, unsigned i)
{
	size_t start = i ? set->end[i - 1] : 0;

	return (struct span){ set->bytes + start, set->end[i] - start };
}

bool modalias_add(struct modalias_set *set, struct span text)
{
	size_t used = set->count ? set->end[set->count - 1] : 0;

	if (text.len == 0 || text.len > sizeof(set->bytes))
		return true;
	for (unsigned i = 0; i < set->count; i++) {
		struct span have = modalias_get(set, i);

		if (have.len == text.len && memcmp(have.at, text.at, text.len) == 0)
			return true;
	}
	if (set->count == MODALIAS_COUNT || text.len > sizeof(set->bytes) - used)
		return false;
	memcpy(set->bytes + used, text.at, text.len);
	set->end[set->count++] = (unsigned short)(used + text.len);
	return true;
}

/* Most lines are for buses that the machine does not have: the first three bytes tell. */
static bool prefix_differs(struct span pattern, struct span text)
{
	for (size_t i = 0; i < 3 && i < pattern.len; i++) {
		char c = pattern.at[i];

		if (c == '*' || c == '?' || c == '[')
			return false;
		if (i >= text.len || folded(c) != folded(text.at[i]))
			return true;
	}
	return false;
}

void modalias_each(const struct modalias_set *set, struct span alias_file,
	void (*load)(void *ctx, struct span module), void *ctx)
{
	struct span line, pattern, module;

	while (span_cut(&alias_file, '\n', &line)) {
		if (!modalias_line(line, &pattern, &module))
			continue;
		for (unsigned i = 0; i < set->count; i++) {
			struct span text = modalias_get(set, i);

			if (prefix_differs(pattern, text) || !modalias_match(pattern, text))
				continue;
			load(ctx, module);
			break;
		}
	}
}
