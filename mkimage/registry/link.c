#include "mkimage/registry/link.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The end of a parameter's value, quoted or not. */
static const char *value_end(const char *p)
{
	if (*p != '"')
		return p + strcspn(p, ";, \t");
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static bool is_next(const char *value, const char *end)
{
	if (*value == '"' && end > value + 1) {
		value++;
		end--;
	}
	return end - value == 4 && strncasecmp(value, "next", 4) == 0;
}

/* Passes over `; name=value…` and says whether one of them is rel=next. */
static bool parameters(const char **at)
{
	bool next = false;
	const char *p = *at;
	for (;;) {
		p += strspn(p, " \t");
		if (*p != ';')
			break;
		p++;
		p += strspn(p, " \t");
		size_t name = strcspn(p, "=;, \t");
		bool rel = name == 3 && strncasecmp(p, "rel", 3) == 0;
		p += name;
		if (*p != '=')
			continue;
		const char *end = value_end(p + 1);
		next |= rel && is_next(p + 1, end);
		p = end;
	}
	*at = p;
	return next;
}

const char *link_next(struct arena *a, const char *value)
{
	for (const char *p = value; *p;) {
		p += strspn(p, " \t,");
		if (*p != '<')
			return NULL;
		size_t len = strcspn(++p, ">");
		const char *target = p;
		if (!p[len])
			return NULL;
		p += len + 1;
		if (parameters(&p))
			return arena_strn(a, target, len);
		if (*p && *p != ',')
			return NULL;
	}
	return NULL;
}
