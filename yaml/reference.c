/* The field tables as a page of Markdown: docs/reference/config.md is made by it. */
#include "yaml/fields.h"

#include <string.h>

static const char *type_word(struct arena *a, const struct field *f)
{
	switch (f->type) {
	case FIELD_STR:
		return "text";
	case FIELD_BOOL:
		return "`true` or `false`";
	case FIELD_INT:
		return f->min == f->max && f->min ? arena_fmt(a, "`%lld`", (long long)f->min)
						  : "number";
	case FIELD_TIME:
		return "time";
	case FIELD_SIZE:
		return "size";
	case FIELD_CPUS:
		return "number or share";
	case FIELD_STRS:
		return f->flags & FIELD_NUMBERS ? "list of numbers" : "list of texts";
	case FIELD_MAP:
		return "map of texts";
	case FIELD_ID:
		return "number or name";
	case FIELD_IDS:
		return "list of numbers or names";
	case FIELD_TABLE:
		return arena_fmt(a, "%s[%s](#%s)", f->of->shorthand ? "text or " : "", f->of->name,
			f->of->name);
	case FIELD_TABLES:
		return arena_fmt(a, "list of [%s](#%s)", f->of->name, f->of->name);
	case FIELD_TABLE_MAP:
		return arena_fmt(a, "map of %s", f->of->name);
	}
	return "";
}

struct page {
	struct arena *mem;
	char *text;
	size_t len, cap;
};

static void PRINTF(2, 3) put(struct page *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *more = arena_vfmt(p->mem, fmt, ap);
	va_end(ap);
	size_t n = strlen(more);
	if (p->len + n + 1 > p->cap) {
		size_t cap = (p->cap + n + 1) * 2;
		p->text = arena_grow(p->mem, p->text, p->len, cap);
		p->cap = cap;
	}
	memcpy(p->text + p->len, more, n + 1);
	p->len += n;
}

static const char *anchor(struct arena *a, const char *name)
{
	char *s = arena_str(a, name);
	for (char *c = s; *c; c++)
		if (*c == ' ')
			*c = '-';
	return s;
}

static void put_field(struct page *p, const struct field *f)
{
	const char *type = type_word(p->mem, f);
	if (f->of && strchr(f->of->name, ' '))
		type = arena_fmt(p->mem, "%s[%s](#%s)", f->type == FIELD_TABLES ? "list of " : "",
			f->of->name, anchor(p->mem, f->of->name));
	if (f->of && f->type != FIELD_TABLE_MAP && !f->of->doc[0])
		type = f->type == FIELD_TABLES ? "list of maps" : "map";
	put(p, "| `%s`%s | %s | %s | %s%s |\n", f->name, f->flags & FIELD_OWN ? " ⁺" : "", type,
		f->flags & FIELD_REQUIRED ? "required"
		: f->absent		  ? f->absent
					  : "",
		f->doc, f->flags & FIELD_IGNORED ? " An error in a Slipway file." : "");
}

/* Keys of resources that are tables of their own and have no section. */
static void put_nested(struct page *p, const struct table *t)
{
	for (size_t i = 0; i < t->len; i++) {
		const struct table *of = t->fields[i].of;
		if (!of || of->doc[0])
			continue;
		put(p, "\n### %s.%s\n\n| key | type | without it | meaning |\n|---|---|---|---|\n",
			t->name == resources_table.name ? "resources" : t->name, t->fields[i].name);
		for (size_t k = 0; k < of->len; k++)
			put_field(p, &of->fields[k]);
	}
}

const char *config_reference_md(struct arena *a)
{
	struct page p = { .mem = a };
	put(&p, "# The keys of an image config\n\n"
		"Made from the field tables in `yaml/`; `slipway schema` prints the same for editors.\n"
		"Keys with ⁺ are Slipway's own, the others LinuxKit's.\n\n"
		"A time is a number with `ms`, `s`, `m`, `h` or `d`, as in `30s`; without a unit, seconds. A size is\n"
		"a number with `K`, `M`, `G` or `T` (powers of 1024), as in `64M`; without a unit, bytes.\n");
	for (size_t i = 0; documented_tables[i]; i++) {
		const struct table *t = documented_tables[i];
		put(&p, "\n## %s\n\n%s\n\n| key | type | without it | meaning |\n|---|---|---|---|\n",
			t->name, t->doc);
		for (size_t k = 0; k < t->len; k++)
			put_field(&p, &t->fields[k]);
		if (t == &resources_table)
			put_nested(&p, t);
	}
	return p.text;
}
