/* `${NAME}` in values. */
#include "base/near.h"
#include "base/utf8.h"

#include "yaml/node_impl.h"
#include "yaml/variables_impl.h"

#include <stdlib.h>
#include <string.h>

struct replacing {
	struct arena *mem;
	struct variables *vars;
	struct diags *d;
	const char *text; /* of the file */
	size_t len;
};

/* A `${` in a value. */
struct reference {
	const char *name;
	size_t name_len;
	const char *otherwise; /* NULL: no default */
	size_t otherwise_len;
	const char *end; /* behind the `}` */
};

/* The place of the nth "${" of the value n in the file: a value can have many lines. */
static struct pos place_of(const struct replacing *r, const struct yaml_node *n, unsigned nth)
{
	struct pos at = n->at;
	const char *p = r->text, *end = r->text + r->len, *start;
	for (uint32_t line = 1; p && line < at.line; line++)
		p = (p = memchr(p, '\n', (size_t)(end - p))) ? p + 1 : NULL;
	if (!p)
		return at;
	for (uint32_t c = 1; c < at.col && p < end; c++) {
		size_t w = utf8_len(p, (size_t)(end - p));
		p += w ? w : 1;
	}
	start = p;
	for (; p + 1 < end; p++) {
		if (p[0] == '$' && p[1] == '{' && nth-- == 0)
			break;
	}
	if (p + 1 >= end)
		return at;
	const char *line = start;
	for (const char *c = start; c < p; c++) {
		if (*c == '\n') {
			at.line++;
			at.col = 1;
			line = c + 1;
		}
	}
	const char *close = memchr(p, '}', (size_t)(end - p)),
		   *nl = memchr(p, '\n', (size_t)(end - p));
	bool closed = close && (!nl || close < nl);
	at.col += (uint32_t)utf8_count(line, (size_t)(p - line));
	at.len = closed ? (uint32_t)utf8_count(p, (size_t)(close - p)) + 1 : 2;
	return at;
}

/* from: behind "${". */
static bool parse_reference(const char *from, struct reference *out)
{
	size_t len = variable_name_len(from);
	const char *p = from + len;
	*out = (struct reference){ .name = from, .name_len = len };
	if (!len || len > VARIABLE_NAME_MAX)
		return false;
	if (p[0] == ':' && p[1] == '-') {
		out->otherwise = p + 2;
		p = strchr(p + 2, '}');
		if (!p)
			return false;
		out->otherwise_len = (size_t)(p - out->otherwise);
		for (const char *c = out->otherwise; c + 1 < p; c++) {
			if (c[0] == '$' && c[1] == '{')
				return false;
		}
	}
	out->end = p + 1;
	return *p == '}';
}

/* Where it ends is not known: the value is read no further. */
enum { NO_REFERENCE = -2 };

static int no_reference(struct replacing *r, const struct yaml_node *n, unsigned nth)
{
	(void)fail_at(r->d, place_of(r, n, nth),
		"write ${NAME} or ${NAME:-default}; $${ stands for the text ${ itself",
		"a variable has another form here");
	return NO_REFERENCE;
}

static int not_set(struct replacing *r, const struct yaml_node *n, unsigned nth,
	const struct reference *ref, bool is_set)
{
	const char *name = arena_strn(r->mem, ref->name, ref->name_len);
	struct strings known = { 0 };
	if (diags_full(r->d))
		return fail_at(r->d, n->at, NULL, "a variable is not set");
	if (is_set)
		return fail_at(r->d, place_of(r, n, nth),
			arena_fmt(r->mem, "write ${%s:-} if it may be empty", name),
			"the variable \"%s\" is empty", name);
	vec_each (struct variable, v, r->vars)
		vec_push(r->mem, &known, v->name);
	const char *otherwise = arena_fmt(r->mem,
		"use --set %s=VALUE, or give a default: ${%s:-VALUE}; $${%s} stands for the text itself",
		name, name, name);
	return fail_at(r->d, place_of(r, n, nth), near_hint(r->mem, name, &known, otherwise),
		"the variable \"%s\" is not set", name);
}

struct output {
	char *text;
	size_t len, cap;
	const char *note;
};

static void put(struct replacing *r, struct output *o, const char *s, size_t len)
{
	if (o->len + len + 1 > o->cap) {
		size_t cap = (o->len + len + 1) * 2;
		o->text = arena_grow(r->mem, o->text, o->len, cap);
		o->cap = cap;
	}
	memcpy(o->text + o->len, s, len);
	o->len += len;
	o->text[o->len] = '\0';
}

/* How messages and `show` call a value: one line of it. */
static const char *shown(struct arena *a, const char *value)
{
	size_t len = strcspn(value, "\n"), most = 60;
	while (len > most && ((unsigned char)value[most] & 0xc0) == 0x80)
		most--;
	return value[len] || len > most
		       ? arena_fmt(a, "%.*s...", (int)(len > most ? most : len), value)
		       : value;
}

static void add_note(struct replacing *r, struct output *o, const char *name, const char *value,
	const char *origin)
{
	if (o->note && strlen(o->note) > 200)
		return;
	o->note = arena_fmt(r->mem, "%s%s%s=\"%s\" from %s", o->note ? o->note : "",
		o->note ? ", " : "", name, shown(r->mem, value), origin);
}

static int one(struct replacing *r, const struct yaml_node *n, unsigned nth, const char *from,
	struct output *o, const char **end)
{
	struct reference ref;
	if (!parse_reference(from, &ref))
		return no_reference(r, n, nth);
	struct variable *v = variable_find(r->vars, ref.name, ref.name_len);
	*end = ref.end;
	if (v)
		v->used = true;
	if (v && v->value[0]) {
		put(r, o, v->value, strlen(v->value));
		add_note(r, o, v->name, v->value, v->origin);
	} else if (ref.otherwise) {
		put(r, o, ref.otherwise, ref.otherwise_len);
		add_note(r, o, arena_strn(r->mem, ref.name, ref.name_len),
			arena_strn(r->mem, ref.otherwise, ref.otherwise_len), "its default");
	} else {
		return not_set(r, n, nth, &ref, v != NULL);
	}
	if (o->len > YAML_SCALAR_MAX)
		return fail_at(r->d, n->at, NULL,
			"with its variables the value has more than %d bytes", YAML_SCALAR_MAX);
	return 0;
}

static int scalar(struct replacing *r, struct yaml_node *n)
{
	struct output o = { 0 };
	const char *p = n->text, *dollar;
	int rc = 0, one_rc;
	for (unsigned nth = 0; (dollar = strstr(p, "${")); nth++) {
		bool escaped = dollar > p && dollar[-1] == '$';
		const char *end = dollar + 2;
		put(r, &o, p, (size_t)(dollar - p) - escaped);
		if (escaped)
			put(r, &o, dollar, 2);
		else if ((one_rc = one(r, n, nth, dollar + 2, &o, &end)) < 0)
			rc = one_rc;
		if (rc == NO_REFERENCE)
			return -1;
		p = end;
	}
	if (rc < 0 || p == n->text)
		return rc;
	put(r, &o, p, strlen(p));
	if (o.len > YAML_SIZE_MAX - r->vars->grown)
		return fail_at(r->d, n->at, NULL,
			"with their variables the values have more than %d bytes", YAML_SIZE_MAX);
	r->vars->grown += o.len;
	n->text = o.text;
	n->variable = o.note != NULL;
	if (o.note) {
		struct replaced new = { n->at, o.note };
		vec_push(r->mem, &r->vars->replaced, new);
	}
	return 0;
}

/* As deep as nodes nest. Aliases share nodes: each is looked at once. */
static int walk(struct replacing *r, struct yaml_node *n)
{
	int rc = 0;
	if (n->walked)
		return 0;
	n->walked = true;
	if (n->type == YAML_SCALAR)
		return scalar(r, n);
	for (size_t i = 0; i < n->len; i++) {
		if (walk(r, n->items[i]) < 0)
			rc = -1;
	}
	return rc;
}

int variables_replace(struct arena *a, struct variables *v, struct yaml_node *root,
	const char *text, size_t len, struct diags *d)
{
	struct replacing r = { a, v, d, text, len };
	int rc = walk(&r, root);
	if (v->replaced.len)
		qsort(v->replaced.items, v->replaced.len, sizeof(*v->replaced.items),
			replaced_by_place);
	return rc;
}
