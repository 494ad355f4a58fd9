/* JSON values as YAML in block style. Strings stay as JSON writes them, which is YAML's
 * double-quoted style. */
#include "mkimage/build/build_impl.h"

#include "base/json.h"

struct lines {
	struct arena *mem;
	const char *text;
};

static void say(struct lines *l, unsigned indent, const char *word, const char *rest)
{
	l->text = arena_fmt(l->mem, "%s%*s%s%s\n", l->text, (int)indent, "", word, rest);
}

static const char *scalar(struct arena *a, yyjson_mut_val *v)
{
	yyjson_mut_doc *doc = json_new(a);
	size_t len;
	yyjson_mut_doc_set_root(doc, yyjson_mut_val_mut_copy(doc, v));
	return json_write(a, doc, 0, &len);
}

static bool is_branch(yyjson_mut_val *v)
{
	return (yyjson_mut_is_obj(v) || yyjson_mut_is_arr(v)) && yyjson_mut_get_len(v);
}

static void branch(struct lines *l, unsigned indent, yyjson_mut_val *v);

static void member(struct lines *l, unsigned indent, const char *word, yyjson_mut_val *v)
{
	if (!is_branch(v)) {
		say(l, indent, arena_fmt(l->mem, "%s ", word), scalar(l->mem, v));
		return;
	}
	say(l, indent, word, "");
	branch(l, indent + 2, v);
}

/* As deep as the config nests. */
static void branch(struct lines *l, unsigned indent, yyjson_mut_val *v)
{
	size_t i, max;
	yyjson_mut_val *key, *item;
	if (yyjson_mut_is_arr(v)) {
		yyjson_mut_arr_foreach(v, i, max, item) member(l, indent, "-", item);
		return;
	}
	yyjson_mut_obj_foreach(v, i, max, key, item)
		member(l, indent, arena_fmt(l->mem, "%s:", scalar(l->mem, key)), item);
}

const char *metadata_yaml(struct arena *a, yyjson_mut_val *root)
{
	struct lines l = { a, "" };
	if (!is_branch(root))
		return "{}\n";
	branch(&l, 0, root);
	return l.text;
}
