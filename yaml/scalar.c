#include "yaml/scalar.h"

#include <errno.h>
#include <string.h>

enum { NUMBER_MAX = 80 }; /* characters; a longer one fits no type */

static bool one_of(const char *s, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(s, *words) == 0)
			return true;
	}
	return false;
}

static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const trues[] = { "true", "True", "TRUE", NULL };
static const char *const falses[] = { "false", "False", "FALSE", NULL };
static const char *const switches[] = { "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON",
	"off", "Off", "OFF", NULL };
static const char *const floats[] = { ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf",
	"+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", NULL };

/* The digits without sign, prefix and underscores. 0 when it is no whole number, else the base. */
static int whole(const char *s, char digits[NUMBER_MAX], bool *negative)
{
	static const char all[] = "0123456789abcdef";
	int base = 10;
	size_t len = 0;
	*negative = *s == '-';
	s += *s == '-' || *s == '+';
	if (*s < '0' || *s > '9')
		return 0;
	if (s[0] == '0' && s[1]) {
		char c = (char)(s[1] | 0x20);
		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	for (; *s; s++) {
		char c = *s >= 'A' && *s <= 'F' ? (char)(*s | 0x20) : *s;
		const char *digit = strchr(all, c);
		if (c == '_')
			continue;
		if (!digit || digit - all >= base || len + 1 == NUMBER_MAX)
			return 0;
		digits[len++] = c;
	}
	digits[len] = '\0';
	return len ? base : 0;
}

static size_t digits_at(const char *s)
{
	size_t n = 0;
	while ((s[n] >= '0' && s[n] <= '9') || (n && s[n] == '_'))
		n++;
	return n;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(const char *s)
{
	s += *s == '-' || *s == '+';
	size_t before = digits_at(s), after = 0;
	s += before;
	if (*s == '.') {
		s++;
		after = digits_at(s);
		s += after;
	}
	if (!before && !after)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		size_t power = digits_at(s);
		if (!power)
			return false;
		s += power;
	}
	return !*s;
}

/* YYYY-M-D, alone or followed by a time. */
static bool is_date(const char *s)
{
	size_t month, day;
	if (digits_at(s) != 4 || s[4] != '-')
		return false;
	month = digits_at(s + 5);
	if (month < 1 || month > 2 || s[5 + month] != '-')
		return false;
	s += 6 + month;
	day = digits_at(s);
	if (day < 1 || day > 2)
		return false;
	s += day;
	if (!*s)
		return true;
	if (*s != 'T' && *s != 't' && *s != ' ')
		return false;
	return strspn(s + 1, "0123456789:.Zz+- ") == strlen(s + 1) && strchr(s, ':') != NULL;
}

enum scalar_kind scalar_kind(const struct yaml_node *n)
{
	const char *s = n->text;
	char digits[NUMBER_MAX];
	bool negative;
	if (!n->plain)
		return SCALAR_TEXT;
	if (one_of(s, nulls))
		return SCALAR_NULL;
	if (one_of(s, trues) || one_of(s, falses))
		return SCALAR_BOOL;
	if (one_of(s, switches))
		return SCALAR_WORD;
	if (whole(s, digits, &negative))
		return SCALAR_INT;
	if (one_of(s, floats) || is_float(s))
		return SCALAR_FLOAT;
	return is_date(s) ? SCALAR_DATE : SCALAR_TEXT;
}

bool scalar_bool(const struct yaml_node *n)
{
	return one_of(n->text, trues);
}

bool scalar_int(const struct yaml_node *n, int64_t *out, bool *octal)
{
	char digits[NUMBER_MAX];
	bool negative;
	int base = whole(n->text, digits, &negative);
	const char *bare = n->text + (*n->text == '-' || *n->text == '+');
	errno = 0;
	unsigned long long v = base ? strtoull(digits, NULL, base) : 0;
	if (!base || errno || v > (unsigned long long)INT64_MAX + negative)
		return false;
	*octal = base == 8 && bare[1] != 'o' && bare[1] != 'O';
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

const char *scalar_word(const struct yaml_node *n)
{
	switch (scalar_kind(n)) {
	case SCALAR_TEXT:
	case SCALAR_WORD:
	case SCALAR_DATE:
		return "text";
	case SCALAR_NULL:
		return n->text[0] ? "null" : "empty";
	case SCALAR_BOOL:
		return "true or false";
	case SCALAR_INT:
		return "a number";
	case SCALAR_FLOAT:
		return "a decimal number";
	}
	return "text";
}
