/* Lists and maps of scalars. */
#include "yaml/fields.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

#include "base/near.h"

#include <string.h>

bool read_expect(
	struct reader *r, const struct field *f, const struct yaml_node *n, enum yaml_type type)
{
	if (n->type == type)
		return true;
	const char *expected = type == YAML_LIST ? "a list" : "a map";
	const char *is = n->type == YAML_LIST  ? "a list"
			 : n->type == YAML_MAP ? "a map"
					       : scalar_word(n);
	const char *hint = n->type == YAML_SCALAR && scalar_kind(n) == SCALAR_NULL
				   ? "write a value, or remove the key"
			   : type == YAML_LIST && n->type == YAML_SCALAR && strlen(n->text) < 64 &&
					   f->type == FIELD_STRS
				   ? arena_fmt(r->mem, "write [\"%s\"]", n->text)
				   : NULL;
	reader_fail(r, n->at, hint, "\"%s\" must be %s, and this is %s", f->name, expected, is);
	return false;
}

static void check_words(struct reader *r, const struct field *f, const struct y_str *v)
{
	const char *const *words = f->form->words;
	struct strings names = { 0 };
	const char *list = "";
	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], v->v) == 0)
			return;
		vec_push(r->mem, &names, words[i]);
		list = arena_fmt(r->mem, "%s%s%s", list,
			i == 0	       ? ""
			: words[i + 1] ? ", "
				       : " or ",
			words[i]);
	}
	/* LinuxKit's default for most is the empty text. */
	if (v->v[0] || (f->flags & FIELD_OWN))
		reader_fail(r, v->at,
			near_hint(r->mem, v->v, &names, arena_fmt(r->mem, "write %s", list)),
			"\"%s\" is no value of \"%s\"", v->v, f->name);
}

void read_form(struct reader *r, const struct field *f, const struct y_str *v)
{
	if (f->form && f->form->words)
		check_words(r, f, v);
	else if (f->form)
		f->form->check(r, v);
}

void read_strs(
	struct reader *r, const struct field *f, const struct yaml_node *n, struct y_list *out)
{
	struct y_list l = { .set = true, .at = n->at };
	if (!read_expect(r, f, n, YAML_LIST))
		return;
	l.items = arena_array(r->mem, n->len, sizeof(*l.items));
	for (size_t i = 0; i < n->len; i++) {
		struct y_str v;
		const char *what = arena_fmt(r->mem, "%s[%zu]", f->name, i);
		if (!(f->flags & FIELD_NUMBERS ? read_word : read_str)(r, what, n->items[i], &v))
			continue;
		read_form(r, f, &v);
		l.items[l.len++] = v;
	}
	if (out)
		*out = l;
}

void read_map(struct reader *r, const struct field *f, const struct yaml_node *n, struct y_map *out)
{
	struct y_map m = { .set = true, .at = n->at };
	if (!read_expect(r, f, n, YAML_MAP))
		return;
	m.items = arena_array(r->mem, n->len, sizeof(*m.items));
	for (size_t i = 0; i < n->len; i++) {
		struct y_pair p = { .key = { n->keys[i]->text, n->keys[i]->at } };
		if (!read_str(r, p.key.v, n->items[i], &p.value))
			continue;
		read_form(r, f, &p.key);
		m.items[m.len++] = p;
	}
	if (out)
		*out = m;
}

void read_ids(struct reader *r, const struct field *f, const struct yaml_node *n, struct y_ids *out)
{
	struct y_ids l = { .set = true, .at = n->at };
	if (!read_expect(r, f, n, YAML_LIST))
		return;
	l.items = arena_array(r->mem, n->len, sizeof(*l.items));
	for (size_t i = 0; i < n->len; i++) {
		if (read_id(r, arena_fmt(r->mem, "%s[%zu]", f->name, i), n->items[i],
			    &l.items[l.len]))
			l.len++;
	}
	if (out)
		*out = l;
}
