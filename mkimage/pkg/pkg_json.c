/* A map of the recipe as JSON, for labels. */
#include "mkimage/pkg/pkg_impl.h"

#include "base/json.h"
#include "yaml/scalar.h"

/* With the same types as the reader of image configs sees. */
static yyjson_mut_val *scalar(yyjson_mut_doc *doc, const struct yaml_node *n)
{
	int64_t v;
	bool octal;
	switch (scalar_kind(n)) {
	case SCALAR_NULL:
		return yyjson_mut_null(doc);
	case SCALAR_BOOL:
		return yyjson_mut_bool(doc, scalar_bool(n));
	case SCALAR_INT:
		if (scalar_int(n, &v, &octal))
			return yyjson_mut_sint(doc, v);
		break;
	case SCALAR_TEXT:
	case SCALAR_WORD:
	case SCALAR_DATE:
	case SCALAR_FLOAT:
		break;
	}
	return yyjson_mut_strcpy(doc, n->text);
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
