/* Where the values of variables come from. */
#include "yaml/variables.h"

#include "base/utf8.h"

#include "yaml/variables_impl.h"

#include <string.h>

size_t variable_name_len(const char *s)
{
	size_t n = 0;
	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || s[n] == '_' ||
		(n && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n;
}

struct variable *variable_find(const struct variables *v, const char *name, size_t len)
{
	for (size_t i = 0; i < v->len; i++) {
		if (strncmp(v->items[i].name, name, len) == 0 && !v->items[i].name[len])
			return &v->items[i];
	}
	return NULL;
}

/* The same characters as in a YAML text; NULL when all are fine. */
static const char *bad_character(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(s + i, len - i);
		unsigned char c = (unsigned char)s[i];
		if (n == 0 || (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
			return s + i;
		i += n;
	}
	return NULL;
}

static void put(struct arena *a, struct variables *v, struct variable new)
{
	struct variable *old = variable_find(v, new.name, strlen(new.name));
	if (!old)
		vec_push(a, v, new);
	else if (new.set_option || !old->set_option)
		*old = new;
}

int variables_set(struct arena *a, struct variables *v, const char *assignment, struct diags *d)
{
	size_t len = variable_name_len(assignment);
	if (!len || len > VARIABLE_NAME_MAX || assignment[len] != '=')
		return fail(d, KIND_USAGE, "a name has letters, digits and `_`",
			"--set takes NAME=VALUE, not \"%.100s\"", assignment);
	const char *value = assignment + len + 1;
	struct variable *old = variable_find(v, assignment, len);
	if (old && old->set_option)
		return fail(d, KIND_USAGE, NULL, "--set gives \"%s\" twice", old->name);
	if (v->len == VARIABLES_MAX)
		return fail(d, KIND_USAGE, NULL, "more than %d variables are set", VARIABLES_MAX);
	if (strlen(value) > VARIABLE_VALUE_MAX || bad_character(value, strlen(value)))
		return fail(d, KIND_USAGE, NULL,
			"the value of --set %.*s is longer than %d bytes, or has control characters or bytes that are no UTF-8",
			(int)len, assignment, VARIABLE_VALUE_MAX);
	struct variable new = { arena_strn(a, assignment, len), value, "--set", true, false };
	put(a, v, new);
	return 0;
}

struct env {
	struct arena *mem;
	const char *name;
	struct variables own; /* of this file */
	struct diags *d;
};

static int env_line(struct env *e, uint32_t line, const char *s, size_t len)
{
	struct pos at = { e->name, line, 1, 1 };
	const char *bad = bad_character(s, len);
	if (bad) {
		at.col = (uint32_t)utf8_count(s, (size_t)(bad - s)) + 1;
		return fail_at(e->d, at, "save the file as UTF-8 text",
			"the byte 0x%02x cannot stand in an env file", (unsigned char)*bad);
	}
	s = arena_strn(e->mem, s, len);
	if (!s[strspn(s, " \t")] || s[strspn(s, " \t")] == '#')
		return 0;
	size_t name_len = variable_name_len(s);
	at.len = (uint32_t)utf8_count(s, len);
	if (!name_len || name_len > VARIABLE_NAME_MAX || s[name_len] != '=')
		return fail_at(e->d, at, "write NAME=VALUE, or # before a comment",
			"the line is no NAME=VALUE");
	const char *value = s + name_len + 1;
	at.col = (uint32_t)name_len + 2;
	at.len = (uint32_t)utf8_count(value, strlen(value));
	if (*value == '"' || *value == '\'')
		return fail_at(e->d, at, "remove the quotes: a value is all that follows the `=`",
			"the value is in quotes");
	if (len > VARIABLE_VALUE_MAX)
		return fail_at(
			e->d, at, NULL, "the value has more than %d bytes", VARIABLE_VALUE_MAX);
	at.col = 1;
	at.len = (uint32_t)name_len;
	if (variable_find(&e->own, s, name_len))
		return fail_at(e->d, at, "keep one of the two", "\"%.*s\" stands here again",
			(int)name_len, s);
	if (e->own.len == VARIABLES_MAX)
		return fail_at(
			e->d, at, NULL, "the file has more than %d variables", VARIABLES_MAX);
	struct variable new = { arena_strn(e->mem, s, name_len), value,
		arena_fmt(e->mem, "%s:%u", e->name, line), false, false };
	vec_push(e->mem, &e->own, new);
	return 0;
}

int variables_read(struct arena *a, struct variables *v, const char *name, const char *text,
	size_t len, struct diags *d)
{
	struct env e = { .mem = a, .name = name, .d = d };
	unsigned before = d->errors;
	diags_add_source(d, name, text, len);
	uint32_t line = 1;
	for (size_t i = 0; i < len && !diags_full(d); line++) {
		const char *nl = memchr(text + i, '\n', len - i);
		size_t n = nl ? (size_t)(nl - text) - i : len - i;
		bool cr = n && text[i + n - 1] == '\r';
		(void)!env_line(&e, line, text + i, n - cr);
		i += n + 1;
	}
	if (d->errors > before)
		return -1;
	vec_each (struct variable, n, &e.own) {
		if (v->len == VARIABLES_MAX)
			return fail(d, KIND_INPUT, NULL, "more than %d variables are set",
				VARIABLES_MAX);
		put(a, v, *n);
	}
	return 0;
}
