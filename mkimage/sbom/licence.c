/*
 * debian/copyright: paragraphs of fields; "License:" of the header and of "Files:" paragraphs
 * counts, other paragraphs hold texts. A synopsis is names joined by "and", "or" and ", and", ",
 * or", where the comma binds weaker; "NAME with … exception" is one name.
 */
#include "mkimage/sbom/licence.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SYNOPSIS_MAX = 400, REF_MAX = 80 };

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-';
}

/* A name that SPDX does not have. */
static const char *reference(struct sbom *s, const char *name)
{
	char *id = arena_fmt(s->mem, "LicenseRef-debian-%.*s", REF_MAX, name);
	for (char *p = id; *p; p++)
		if (*p == '+')
			*p = '.';
		else if (!is_name_char(*p))
			*p = '-';
	vec_each (struct sbom_licence, l, &s->licences)
		if (strcmp(l->id, id) == 0)
			return id;
	/* The texts are in the package's copyright file, which comes with what was taken of it. */
	struct sbom_licence l = { id, id + strlen("LicenseRef-debian-"),
		"See usr/share/doc/PACKAGE/copyright in the image." };
	vec_push(s->mem, &s->licences, l);
	return id;
}

/* " with " outside of words. */
static const char *with_at(const char *text)
{
	for (const char *p = text; *p; p++)
		if (strncasecmp(p, " with ", 6) == 0)
			return p;
	return NULL;
}

static const char *atom(struct sbom *s, const char *text)
{
	const char *with = with_at(text);
	const char *name = with ? arena_strn(s->mem, text, (size_t)(with - text)) : text;
	const char *known = licence_known(s->mem, name);
	const char *exception = with ? licence_exception(with + 6) : NULL;
	if (known && !with)
		return known;
	return known && exception ? arena_fmt(s->mem, "%s WITH %s", known, exception)
				  : reference(s, text);
}

struct level {
	const char *words[2]; /* what separates */
	const char *joined;
};
static const struct level levels[] = { { { ", and ", "; and " }, " AND " },
	{ { ", or ", "; or " }, " OR " }, { { " or ", " | " }, " OR " },
	{ { " and ", " & " }, " AND " } };

static const char *separator(const char *p, const struct level *l, size_t *len)
{
	for (; *p; p++)
		for (size_t i = 0; i < ARRAY_LEN(l->words); i++)
			if (strncasecmp(p, l->words[i], strlen(l->words[i])) == 0) {
				*len = strlen(l->words[i]);
				return p;
			}
	return NULL;
}

static const char *trimmed(struct arena *a, const char *text, size_t len)
{
	while (len && (*text == ' ' || *text == '\t' || *text == '(')) {
		text++;
		len--;
	}
	while (len && strchr(" \t),.;", text[len - 1]))
		len--;
	return arena_strn(a, text, len);
}

static const char *expression(struct sbom *s, const char *text, size_t depth)
{
	if (depth == ARRAY_LEN(levels))
		return *text ? atom(s, text) : NULL;
	const struct level *l = &levels[depth];
	const char *out = NULL, *end;
	bool several = false;
	size_t skip = 0;
	do {
		end = separator(text, l, &skip);
		const char *one = trimmed(s->mem, text, end ? (size_t)(end - text) : strlen(text));
		const char *e = expression(s, one, depth + 1);
		/* Brackets where what is inside has another operator. */
		if (e && (end || several) && strchr(e, ' '))
			e = arena_fmt(s->mem, "(%s)", e);
		out = e && out ? arena_fmt(s->mem, "%s%s%s", out, l->joined, e) : e ? e : out;
		several |= end != NULL;
		text = end ? end + skip : text;
	} while (end);
	return out;
}

const char *licence_synopsis(struct sbom *s, const char *text, size_t len)
{
	char *clean = arena_strn(s->mem, text, len < SYNOPSIS_MAX ? len : SYNOPSIS_MAX);
	for (char *p = clean; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	/* Brackets are in no synopsis that the format knows: taken as one name. */
	if (strpbrk(clean, "()"))
		return reference(s, trimmed(s->mem, clean, strlen(clean)));
	return expression(s, trimmed(s->mem, clean, strlen(clean)), 0);
}

static bool field_is(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);
	return len > n && strncasecmp(line, name, n) == 0 && line[n] == ':';
}

static const char *joined(struct sbom *s, struct strings *all)
{
	const char *out = NULL;
	strings_sort(all);
	for (size_t i = 0; i < all->len; i++) {
		const char *e = all->items[i];
		if (i && strcmp(e, all->items[i - 1]) == 0)
			continue;
		if (all->len > 1 && strchr(e, ' '))
			e = arena_fmt(s->mem, "(%s)", e);
		out = out ? arena_fmt(s->mem, "%s AND %s", out, e) : e;
	}
	return out;
}

/* Many paragraphs say the same licence: each is looked at once, so that the list stays short. */
static void note(struct sbom *s, struct strings *seen, const char *text, size_t len)
{
	const char *e = licence_synopsis(s, text, len);
	if (!e)
		return;
	vec_each (const char *, have, seen)
		if (strcmp(*have, e) == 0)
			return;
	vec_push(s->mem, seen, e);
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

enum { LICENCES_MAX = 200 };

const char *licence_expression(struct sbom *s, const char *text, size_t len)
{
	struct strings all = { 0 };
	const char *licence = NULL, *end = text + len;
	size_t licence_len = 0;
	bool format = false, counts = false;
	for (const char *p = text; p <= end && all.len < LICENCES_MAX;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);
		if (is_blank(p, n)) {
			if (licence && counts)
				note(s, &all, licence, licence_len);
			licence = NULL;
			counts = false;
		}
		if (field_is(p, n, "Format"))
			format = counts = true;
		counts |= field_is(p, n, "Files");
		if (field_is(p, n, "License")) {
			licence = p + strlen("License:");
			licence_len = n - strlen("License:");
		}
		if (!nl)
			break;
		p = nl + 1;
	}
	if (licence && counts)
		note(s, &all, licence, licence_len);
	return format ? joined(s, &all) : NULL;
}

const char *licence_of_package(struct sbom *s, const char *package, const char *text, size_t len)
{
	const char *e = licence_expression(s, text, len);
	return e ? e : reference(s, arena_fmt(s->mem, "%s-copyright", package));
}
