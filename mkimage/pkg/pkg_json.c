/* A map of the recipe as JSON, for labels. */
#include "mkimage/pkg/pkg_impl.h"

#include "base/json.h"

#include <errno.h>
#include <string.h>

/* YAML 1.2 core schema (chapter 10.3) for what is not quoted; else text. Floats do not occur. */
static yyjson_mut_val *scalar(yyjson_mut_doc *doc, const struct yaml_node *n)
{
	const char *t = n->text;
	char *end;
	if (!n->plain)
		return yyjson_mut_strcpy(doc, t);
	if (!*t || strcmp(t, "null") == 0 || strcmp(t, "~") == 0)
		return yyjson_mut_null(doc);
	if (strcmp(t, "true") == 0 || strcmp(t, "false") == 0)
		return yyjson_mut_bool(doc, *t == 't');
	errno = 0;
	long long v = strtoll(t, &end, 10);
	if (!*end && !errno && strspn(t, "-0123456789") == strlen(t))
		return yyjson_mut_sint(doc, v);
	return yyjson_mut_strcpy(doc, t);
}

/* Depth is bounded by the parser of the recipe. */
static yyjson_mut_val *value(yyjson_mut_doc *doc, const struct yaml_node *n)
{
	yyjson_mut_val *out;
	switch (n->type) {
	case YAML_LIST:
		out = yyjson_mut_arr(doc);
		for (size_t i = 0; i < n->len; i++)
			yyjson_mut_arr_append(out, value(doc, n->items[i]));
		return out;
	case YAML_MAP:
		out = yyjson_mut_obj(doc);
		for (size_t i = 0; i < n->len; i++)
			yyjson_mut_obj_add(out, yyjson_mut_strcpy(doc, n->keys[i]->text),
				value(doc, n->items[i]));
		return out;
	case YAML_SCALAR:
		break;
	}
	return scalar(doc, n);
}

int pkg_json(struct arena *a, const struct yaml_node *node, const char **out, struct diags *d)
{
	size_t len;
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_doc_set_root(doc, value(doc, node));
	const char *text = json_write(a, doc, 0, &len);
	if (!text)
		return fail_at(d, node->at, NULL, "it cannot be written as JSON");
	*out = text;
	return 0;
}
