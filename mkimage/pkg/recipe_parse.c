/* build.yml -> struct recipe. */
#include "base/fd.h"
#include "mkimage/pkg/recipe_impl.h"
#include "yaml/fields.h"
#include "yaml/reader.h"

#include <string.h>
#include <sys/stat.h>

enum { RECIPE_MAX = 256 << 10 };

uint32_t recipe_mode(const struct y_str *mode, uint32_t otherwise)
{
	return mode->v ? (uint32_t)strtoul(mode->v, NULL, 8) & 07777 : otherwise;
}

int recipe_parse(struct arena *a, const char *dir, const char *name, const char *text, size_t len,
	struct recipe *out, struct diags *d)
{
	struct yaml_node *root;
	struct recipe r = { .dir = dir, .file = name };
	struct reader reader = { .mem = a, .d = d, .strict = true };
	unsigned before = d->errors;
	diags_add_source(d, name, text, len);
	if (yaml_parse(a, name, text, len, &root, d) < 0)
		return -1;
	if (!root)
		return fail_at(d, (struct pos){ .file = name }, "start with \"image: NAME\"",
			"the recipe is empty");
	if (root->type != YAML_MAP)
		return fail_at(d, root->at, "write `key: value` lines", "the recipe must be a map");
	read_table(&reader, &recipe_table, root, &r);
	if (d->errors > before || recipe_check(&r, d) < 0)
		return -1;
	*out = r;
	return 0;
}

int recipe_load(struct arena *a, const char *dir, struct recipe *out, struct diags *d)
{
	size_t end = strlen(dir), len;
	while (end > 1 && dir[end - 1] == '/')
		end--;
	dir = arena_strn(a, dir, end);
	const char *path = arena_fmt(a, "%s/build.yml", dir);
	struct stat st;
	char *text;
	if (stat(dir, &st) < 0)
		return fail(d, KIND_INPUT, NULL, "there is no package folder \"%s\"", dir);
	if (stat(path, &st) < 0)
		return fail(d, KIND_INPUT, "a package folder has a recipe of that name",
			"\"%s\" is missing", path);
	if (file_read(a, path, RECIPE_MAX, &text, &len, d) < 0)
		return -1;
	return recipe_parse(a, dir, path, text, len, out, d);
}
