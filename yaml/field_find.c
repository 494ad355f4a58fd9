#include "yaml/fields.h"

#include <string.h>

const struct field *field_at(const struct table *t, size_t i, size_t *at)
{
	size_t base = 0;
	while (i >= t->len) {
		if (!t->base)
			return NULL;
		i -= t->len;
		base += t->base_at;
		t = t->base;
	}
	const struct field *f = &t->fields[i];
	*at = f->at == NOWHERE ? NOWHERE : f->at + base;
	return f;
}

const struct field *field_find(const struct table *t, const char *name, size_t *at)
{
	const struct field *f;
	for (size_t i = 0; (f = field_at(t, i, at)); i++) {
		if (strcmp(f->name, name) == 0 ||
			(f->other_spelling && strcmp(f->other_spelling, name) == 0))
			return f;
	}
	return NULL;
}
