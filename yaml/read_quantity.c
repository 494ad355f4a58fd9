/* Numbers with a unit, as people write them: times, sizes, shares of CPUs. */
#include "yaml/fields.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

#include <string.h>

struct unit {
	const char *word;
	int64_t factor;
};

static const struct unit times[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 }, { "", 1000 } };
#define KIB (INT64_C(1) << 10)
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define TIB (INT64_C(1) << 40)
static const struct unit sizes[] = { { "", 1 }, { "B", 1 }, { "K", KIB }, { "k", KIB },
	{ "KiB", KIB }, { "M", MIB }, { "MiB", MIB }, { "G", GIB }, { "GiB", GIB }, { "T", TIB },
	{ "TiB", TIB } };
static const struct unit cpus[] = { { "", 1000 }, { "%", 10 } };

static const struct {
	enum field_type type;
	const struct unit *units;
	size_t len;
	const char *called, *hint, *unit;
} kinds[] = {
	{ FIELD_TIME, times, ARRAY_LEN(times), "a time", "as in `30s`, `500ms` or `5m`",
		"seconds" },
	{ FIELD_SIZE, sizes, ARRAY_LEN(sizes), "a size", "as in `64M`, `1.5G` or `4096`", "bytes" },
	{ FIELD_CPUS, cpus, ARRAY_LEN(cpus), "a number of CPUs", "as in `2`, `0.5` or `50%`",
		"CPUs" },
};

/* "1.5G": digits, at most six more behind a point, a unit. False when it is none, or too large. */
static bool quantity(const char *s, const struct unit *units, size_t len, int64_t *out)
{
	size_t whole = strspn(s, "0123456789");
	const char *rest = s + whole;
	int64_t value = 0, part = 0, scale = 1, more;
	if (!whole)
		return false;
	for (size_t i = 0; i < whole; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, s[i] - '0', &value))
			return false;
	}
	if (*rest == '.') {
		size_t digits = strspn(++rest, "0123456789");
		if (!digits || digits > 6)
			return false;
		for (; digits; digits--, rest++, scale *= 10)
			part = part * 10 + (*rest - '0');
	}
	for (size_t i = 0; i < len; i++) {
		if (strcmp(units[i].word, rest) != 0)
			continue;
		return !__builtin_mul_overflow(value, units[i].factor, out) &&
		       !__builtin_mul_overflow(part, units[i].factor, &more) &&
		       !__builtin_add_overflow(*out, more / scale, out);
	}
	return false;
}

const char *quantity_text(struct arena *a, enum field_type type, int64_t v)
{
	if (type == FIELD_SIZE)
		return arena_fmt(a, "%lld", (long long)v);
	const char *s = arena_fmt(a, "%lld.%03lld", (long long)(v / 1000), (long long)(v % 1000));
	size_t len = strlen(s);
	while (s[len - 1] == '0')
		len--;
	return arena_strn(a, s, s[len - 1] == '.' ? len - 1 : len);
}

void read_quantity(
	struct reader *r, const struct field *f, const struct yaml_node *n, struct y_int *out)
{
	struct y_int v = { .set = true, .at = n->at };
	size_t k = 0;
	while (kinds[k].type != f->type)
		k++;
	enum scalar_kind kind = n->type == YAML_SCALAR ? scalar_kind(n) : SCALAR_NULL;
	if (n->type != YAML_SCALAR || kind == SCALAR_NULL || kind == SCALAR_BOOL) {
		reader_fail(r, n->at, kinds[k].hint, "\"%s\" must be %s, and this is %s", f->name,
			kinds[k].called,
			n->type == YAML_LIST  ? "a list"
			: n->type == YAML_MAP ? "a map"
					      : scalar_word(n));
		return;
	}
	if (!quantity(n->text, kinds[k].units, kinds[k].len, &v.v)) {
		reader_fail(
			r, n->at, kinds[k].hint, "\"%.64s\" is not %s", n->text, kinds[k].called);
		return;
	}
	if (v.v < f->min || v.v > f->max) {
		const char *low = quantity_text(r->mem, f->type, f->min);
		const char *high = quantity_text(r->mem, f->type, f->max);
		if (f->max == INT64_MAX)
			reader_fail(r, n->at, NULL, "\"%s\" cannot be below %s %s, and is %s",
				f->name, low, kinds[k].unit, n->text);
		else
			reader_fail(r, n->at, NULL,
				"\"%s\" must be between %s and %s %s, and is %s", f->name, low,
				high, kinds[k].unit, n->text);
		return;
	}
	if (out)
		*out = v;
}
