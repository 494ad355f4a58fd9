#include "yaml/check.h"
#include "yaml/fields.h"
#include "yaml/node_impl.h"
#include "yaml/scalar.h"

#include "base/fd.h"

#include <string.h>

/* Known before all else: it decides what is an error. */
static bool says_slipway(const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_get(root, "slipway");
	int64_t v;
	bool octal;
	return n && n->type == YAML_SCALAR && scalar_kind(n) == SCALAR_INT &&
	       scalar_int(n, &v, &octal) && v == 1;
}

static int parse(struct arena *a, const char *name, const char *text, size_t len,
	struct yaml_node **root, struct diags *d)
{
	struct pos whole = { .file = name };
	size_t bom = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	diags_add_source(d, name, text + bom, len - bom);
	if (yaml_parse(a, name, text, len, root, d) < 0)
		return -1;
	if (!*root)
		return fail_at(d, whole, NULL, "the text is empty");
	if ((*root)->type != YAML_MAP)
		return fail_at(d, (*root)->at, "write `key: value` lines",
			"the text must be a map, and this is %s",
			(*root)->type == YAML_LIST ? "a list" : "a single value");
	return 0;
}

int config_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct config *out, struct diags *d)
{
	struct config c = { .file = name };
	struct yaml_node *root;
	if (parse(a, name, text, len, &root, d) < 0)
		return -1;
	struct reader r = { .mem = a, .d = d, .strict = says_slipway(root) };
	unsigned before = d->errors;
	read_table(&r, &config_table, root, &c);
	check_names(&r, &c);
	check_references(&r, &c);
	check_sections(&r, &c);
	if (d->errors > before)
		return -1;
	*out = c;
	return 0;
}

int config_load(struct arena *a, const char *path, struct config *out, struct diags *d)
{
	/* One more than allowed: yaml_parse says so with its own words. */
	static const size_t max = YAML_SIZE_MAX + 4;
	bool standard_input = strcmp(path, "-") == 0;
	char *text;
	size_t len;
	if (file_read(a, standard_input ? "/dev/stdin" : path, max, &text, &len, d) < 0)
		return -1;
	return config_parse(a, standard_input ? "<stdin>" : path, text, len, out, d);
}

int config_parse_label(struct arena *a, const char *name, const char *text,
	struct image_options *out, struct diags *d)
{
	struct image_options o = { 0 };
	struct yaml_node *root;
	if (parse(a, name, text, strlen(text), &root, d) < 0)
		return -1;
	struct reader r = { .mem = a, .d = d };
	unsigned before = d->errors;
	read_table(&r, &options_table, root, &o);
	if (d->errors > before)
		return -1;
	*out = o;
	return 0;
}
