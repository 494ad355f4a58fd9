#include "mkimage/registry/challenge.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { CHALLENGES_MAX = 16 };

struct scan {
	struct arena *mem;
	const char *p;
};

static bool is_token_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip(struct scan *s, const char *set)
{
	s->p += strspn(s->p, set);
}

static const char *token(struct scan *s)
{
	const char *from = s->p;
	while (is_token_byte(*s->p))
		s->p++;
	return s->p == from ? NULL : arena_strn(s->mem, from, (size_t)(s->p - from));
}

static const char *quoted(struct scan *s)
{
	char *out = arena_alloc(s->mem, strlen(s->p) + 1), *to = out;
	for (s->p++; *s->p && *s->p != '"'; s->p++) {
		if (*s->p == '\\' && !*++s->p)
			return NULL;
		*to++ = *s->p;
	}
	return *s->p++ == '"' ? out : NULL;
}

static int set(struct challenge *c, const char *name, const char *value)
{
	const char **slot = NULL;
	if (strcasecmp(name, "realm") == 0)
		slot = &c->realm;
	if (strcasecmp(name, "service") == 0)
		slot = &c->service;
	if (strcasecmp(name, "scope") == 0)
		slot = &c->scope;
	if (!slot)
		return 0;
	if (*slot)
		return -1;
	*slot = value;
	return 0;
}

/* What follows a name: `= value` makes it a parameter of c. 1: it is none, but a scheme. */
static int parameter(struct scan *s, struct challenge *c, const char *name)
{
	const char *after = s->p;
	skip(s, " \t");
	if (*s->p != '=') {
		s->p = after;
		return 1;
	}
	s->p++;
	skip(s, " \t");
	const char *value = *s->p == '"' ? quoted(s) : token(s);
	return value && c ? set(c, name, value) : -1;
}

int challenge_parse(struct arena *a, const char *value, struct challenges *out)
{
	struct scan s = { .mem = a, .p = value };
	struct challenge *now = NULL;
	for (;;) {
		skip(&s, " \t,");
		if (!*s.p)
			return 0;
		const char *name = token(&s);
		int rc = name ? parameter(&s, now, name) : -1;
		if (rc < 0 || (rc && out->len == CHALLENGES_MAX))
			return -1;
		if (!rc)
			continue;
		struct challenge new = { .scheme = name };
		vec_push(a, out, new);
		now = &out->items[out->len - 1];
	}
}
