/* `override:` in an item: what it does to the earlier item of the same name. */
#include "yaml/check.h"
#include "yaml/compose_impl.h"
#include "yaml/fields.h"

#include "base/near.h"

#include <string.h>

/* Each is looked for among all items before it, by a linear search. */
enum { OVERRIDES_MAX = 200, KEYS_MAX = 1000, GUESSED = 200 };

/* Files are called by their path, all else by its name. */
static const struct yaml_node *name_of(const struct field *f, const struct yaml_node *item)
{
	const struct yaml_node *n = item->type == YAML_MAP
					    ? yaml_get(item, f->of == &file_table ? "path" : "name")
					    : NULL;
	return n && n->type == YAML_SCALAR ? n : NULL;
}

static const char *word_for(const struct field *f)
{
	return f->item ? f->item : f->of->name;
}

static bool is_called(const struct field *f, const struct yaml_node *item, const char *name)
{
	const struct yaml_node *n = name_of(f, item);
	if (!n)
		return false;
	return f->of == &file_table ? path_same(n->text, name) : strcmp(n->text, name) == 0;
}

static void unknown(struct composing_item *c, const struct field *f, const struct yaml_node *list,
	const struct yaml_node *name)
{
	struct strings names = { 0 };
	if (reader_full(&c->r))
		return reader_fail(&c->r, name->at, NULL, "nothing to override");
	for (size_t i = 0; i < list->len && names.len < GUESSED; i++) {
		const struct yaml_node *n = name_of(f, list->items[i]);
		if (n)
			vec_push(c->mem, &names, n->text);
	}
	reader_fail(&c->r, name->at,
		near_hint(c->mem, name->text, &names,
			"an item overrides what an included or earlier file says"),
		"there is no %s \"%s\" before this that could be overridden", word_for(f),
		name->text);
}

/* The index of the one item with the name, or list->len with an error. */
static size_t find(struct composing_item *c, const struct field *f, const struct yaml_node *list,
	const struct yaml_node *name)
{
	size_t found = list->len;
	for (size_t i = 0; i < list->len; i++) {
		if (!is_called(f, list->items[i], name->text))
			continue;
		if (found < list->len) {
			const struct pos *was = &list->items[found]->at;
			reader_fail(&c->r, name->at, "give them different names",
				"it is not clear which %s \"%s\" is meant: the one at %s:%u:%u or the one at %s:%u:%u",
				word_for(f), name->text, was->file, was->line, was->col,
				list->items[i]->at.file, list->items[i]->at.line,
				list->items[i]->at.col);
			return list->len;
		}
		found = i;
	}
	if (found == list->len)
		unknown(c, f, list, name);
	return found;
}

static void cut(struct yaml_node *list, size_t at)
{
	list->len--;
	memmove(&list->items[at], &list->items[at + 1],
		(list->len - at) * sizeof(struct yaml_node *));
}

static bool is_override(const struct yaml_node *key)
{
	return strcmp(key->text, "override") == 0;
}

static struct yaml_node *merged(struct composing_item *c, const struct field *f,
	const struct yaml_node *base, const struct yaml_node *over)
{
	struct yaml_node *out = compose_copy(c->mem, base);
	for (size_t i = 0; i < over->len; i++) {
		struct yaml_node *key = over->keys[i];
		size_t at, is = 0;
		if (is_override(key))
			continue;
		while (is < base->len && (strcmp(base->keys[is]->text, key->text) != 0))
			is++;
		if (is < base->len && field_find(f->of, key->text, &at)) {
			out->keys[is] = key;
			out->items[is] = over->items[i];
		} else {
			compose_push(c->mem, out, key, over->items[i]);
		}
	}
	return out;
}

static struct yaml_node *without_override(struct arena *a, const struct yaml_node *over)
{
	struct yaml_node *out = ARENA_NEW(a, struct yaml_node);
	out->type = YAML_MAP;
	out->at = over->at;
	for (size_t i = 0; i < over->len; i++) {
		if (!is_override(over->keys[i]))
			compose_push(a, out, over->keys[i], over->items[i]);
	}
	return out;
}

static void apply(struct composing_item *c, const struct field *f, struct yaml_node *list,
	size_t at, const struct yaml_node *over, const char *how)
{
	struct yaml_node *base = list->items[at];
	if (strcmp(how, "replace") == 0) {
		list->items[at] = without_override(c->mem, over);
	} else if (strcmp(how, "remove") == 0) {
		for (size_t i = 0; i < over->len; i++) {
			if (!is_override(over->keys[i]) && over->items[i] != name_of(f, over))
				reader_fail(&c->r, over->keys[i]->at,
					"remove it, or write `override: merge`",
					"\"%s\" does nothing for what is removed",
					over->keys[i]->text);
		}
		cut(list, at);
	} else {
		if (base->len > KEYS_MAX || over->len > KEYS_MAX)
			return reader_fail(&c->r, over->at, NULL,
				"an item that is overridden has more than %d keys", KEYS_MAX);
		list->items[at] = merged(c, f, base, over);
	}
}

void compose_item(struct composing_item *c, const struct field *f, struct yaml_node *list,
	struct yaml_node *item)
{
	size_t offset;
	const struct field *of = f->type == FIELD_TABLES ? field_find(f->of, "override", &offset)
							 : NULL;
	const struct yaml_node *how = of && item->type == YAML_MAP ? yaml_get(item, "override")
								   : NULL;
	const struct yaml_node *name = how ? name_of(f, item) : NULL;
	struct y_str word;
	if (!how)
		return compose_push(c->mem, list, NULL, item);
	unsigned before = c->r.d->errors;
	if (read_str(&c->r, "override", how, &word))
		read_form(&c->r, of, &word);
	if (c->r.d->errors > before)
		return;
	if (!name)
		return reader_fail(&c->r, item->at,
			f->of == &file_table ? "add `path:`" : "add `name:`",
			"an item that overrides another has no name");
	if (*c->overrides > OVERRIDES_MAX)
		return;
	if (++*c->overrides > OVERRIDES_MAX)
		return reader_fail(
			&c->r, how->at, NULL, "a config has more than %d overrides", OVERRIDES_MAX);
	size_t at = find(c, f, list, name);
	if (at < list->len)
		apply(c, f, list, at, item, word.v);
}
