/* One scalar -> one typed value, by LinuxKit's rules (yaml/scalar.h). */
#include "yaml/reader.h"
#include "yaml/scalar.h"

#include <string.h>

/* "readonly must be true or false, and this is a list" */
static bool wrong(struct reader *r, const struct yaml_node *n, const char *what,
	const char *expected, const char *hint)
{
	const char *is = n->type == YAML_LIST  ? "a list"
			 : n->type == YAML_MAP ? "a map"
					       : scalar_word(n);
	reader_fail(r, n->at, hint, "\"%s\" must be %s, and this is %s", what, expected, is);
	return false;
}

static void ambiguous(struct reader *r, const struct yaml_node *n, const char *other)
{
	reader_mistake(r, n->at, arena_fmt(r->mem, "write \"%s\", with the quotes", n->text),
		"`%s` is text here, but %s for other YAML parsers", n->text, other);
}

bool read_str(struct reader *r, const char *what, const struct yaml_node *n, struct y_str *out)
{
	if (n->type != YAML_SCALAR)
		return wrong(r, n, what, "text", NULL);
	switch (n->variable ? SCALAR_TEXT : scalar_kind(n)) {
	case SCALAR_TEXT:
		break;
	case SCALAR_WORD:
		ambiguous(r, n, "true or false");
		break;
	case SCALAR_DATE:
		ambiguous(r, n, "a date");
		break;
	case SCALAR_NULL:
		return wrong(r, n, what, "text",
			n->text[0] ? arena_fmt(r->mem,
					     "write \"%s\", with the quotes, or remove it", n->text)
				   : "write a value, or remove the key");
	case SCALAR_BOOL:
	case SCALAR_INT:
	case SCALAR_FLOAT:
		return wrong(r, n, what, "text",
			strlen(n->text) < 64
				? arena_fmt(r->mem, "write \"%s\", with the quotes", n->text)
				: "put it in quotes");
	}
	*out = (struct y_str){ .v = n->text, .at = n->at };
	return true;
}

bool read_word(struct reader *r, const char *what, const struct yaml_node *n, struct y_str *out)
{
	if (n->type != YAML_SCALAR ||
		(scalar_kind(n) != SCALAR_INT && scalar_kind(n) != SCALAR_FLOAT))
		return read_str(r, what, n, out);
	*out = (struct y_str){ .v = n->text, .at = n->at };
	return true;
}

bool read_bool(struct reader *r, const char *what, struct yaml_node *n, struct y_bool *out)
{
	static const char expected[] = "true or false";
	if (n->type != YAML_SCALAR)
		return wrong(r, n, what, expected, NULL);
	if (scalar_kind(n) != SCALAR_BOOL) {
		const char *t = n->text;
		const char *hint = !strcasecmp(t, "yes") || !strcasecmp(t, "on")   ? "write `true`"
				   : !strcasecmp(t, "no") || !strcasecmp(t, "off") ? "write `false`"
				   : !n->plain && (!strcmp(t, "true") || !strcmp(t, "false"))
					   ? "remove the quotes"
					   : NULL;
		return wrong(r, n, what, expected, hint);
	}
	*out = (struct y_bool){ .v = scalar_bool(n), .set = true, .at = n->at };
	n->text = out->v ? "true" : "false";
	return true;
}

bool read_int(struct reader *r, const char *what, struct yaml_node *n, struct y_int *out)
{
	static const char expected[] = "a whole number";
	struct y_int v = { .set = true };
	bool octal;
	if (n->type != YAML_SCALAR)
		return wrong(r, n, what, expected, NULL);
	v.at = n->at;
	if (scalar_kind(n) != SCALAR_INT) {
		struct yaml_node bare = *n;
		bare.plain = true;
		bool quoted = !n->plain && scalar_kind(&bare) == SCALAR_INT;
		bool unit = scalar_kind(n) == SCALAR_TEXT && n->text[0] >= '0' && n->text[0] <= '9';
		return wrong(r, n, what, expected,
			quoted ? arena_fmt(r->mem, "write %s, without quotes", n->text)
			: unit ? "write all digits, without a unit"
			       : NULL);
	}
	if (!scalar_int(n, &v.v, &octal)) {
		reader_fail(r, n->at, NULL, "the number \"%s\" is too large", n->text);
		return false;
	}
	if (octal && (v.v > 7 || v.v < -7))
		reader_mistake(r, n->at, "write it without the leading 0, or in octal as `0o…`",
			"`%s` is octal here (%lld), but decimal for other YAML parsers", n->text,
			(long long)v.v);
	/* Whoever reads the node later need not know how YAML writes numbers. */
	n->text = arena_fmt(r->mem, "%lld", (long long)v.v);
	*out = v;
	return true;
}

static bool id_range(struct reader *r, const struct y_id *id)
{
	/* (uid_t)-1 means "no change" in the kernel's calls. */
	if (id->number >= 0 && id->number < UINT32_MAX)
		return true;
	reader_fail(r, id->at, NULL, "the id %lld is not between 0 and %u", (long long)id->number,
		UINT32_MAX - 1);
	return false;
}

bool read_id(struct reader *r, const char *what, const struct yaml_node *n, struct y_id *out)
{
	struct y_id id = { .set = true, .at = n->at };
	if (n->type != YAML_SCALAR || scalar_kind(n) == SCALAR_NULL ||
		scalar_kind(n) == SCALAR_BOOL || scalar_kind(n) == SCALAR_FLOAT)
		return wrong(r, n, what, "a number, or the name of a container", NULL);
	struct yaml_node copy = *n;
	if (n->text[0] >= '0' && n->text[0] <= '9')
		copy.plain = true; /* "1000" in quotes is a number too */
	if (scalar_kind(&copy) == SCALAR_INT) {
		struct y_int v;
		if (!read_int(r, what, &copy, &v))
			return false;
		id.number = v.v;
		if (!id_range(r, &id))
			return false;
	} else {
		struct y_str s;
		if (!read_str(r, what, n, &s))
			return false;
		id.name = s.v;
	}
	*out = id;
	return true;
}
