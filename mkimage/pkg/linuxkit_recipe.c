/* The keys of LinuxKit's build.yml that its tag depends on. */
#include "mkimage/pkg/linuxkit.h"

#include "base/fd.h"
#include "mkimage/pkg/recipe_impl.h"
#include "yaml/fields.h"
#include "yaml/reader.h"

#include <stddef.h>
#include <string.h>

enum { RECIPE_MAX = 256 << 10 };

#define LINUXKIT(m) offsetof(struct linuxkit_recipe, m)
static const struct field fields[] = {
	FIELD(STR, "image", LINUXKIT(image), "The image's name.", .flags = FIELD_REQUIRED),
	FIELD(STR, "org", LINUXKIT(org), "What stands before it.", .absent = "`linuxkit`"),
	FIELD(STR, "tag", LINUXKIT(tag), "The tag.", .absent = "`{{.Hash}}`"),
	FIELD(STRS, "extra-sources", LINUXKIT(extra_sources), "More folders: `SOURCE:TARGET`."),
};
static const struct table linuxkit_table = {
	.name = "LinuxKit package",
	.called = "a LinuxKit package",
	.doc = "",
	FIELDS(fields),
	.size = sizeof(struct linuxkit_recipe),
	.pos_at = NOWHERE,
	.set_at = NOWHERE,
};

/* What only the Docker build reads. */
static const char *const others[] = { "dockerfile", "arches", "gitrepo", "network", "disable-cache",
	"config", "buildArgs", "depends" };
/* Keys that a recipe of ours may have, too. */
static const char *const shared[] = { "image", "config" };

static bool among(const char *const *list, size_t len, const char *key)
{
	for (size_t i = 0; i < len; i++) {
		if (strcmp(list[i], key) == 0)
			return true;
	}
	return false;
}

static bool has_their_keys(const struct yaml_node *root)
{
	size_t at;
	for (size_t i = 0; i < root->len; i++) {
		const char *key = root->keys[i]->text;
		if (!among(shared, ARRAY_LEN(shared), key) &&
			(among(others, ARRAY_LEN(others), key) ||
				field_find(&linuxkit_table, key, &at)))
			return true;
	}
	return false;
}

static struct yaml_node *without_others(struct arena *a, const struct yaml_node *root)
{
	struct yaml_node *out = ARENA_NEW(a, struct yaml_node);
	*out = *root;
	out->keys = arena_array(a, root->len, sizeof(*out->keys));
	out->items = arena_array(a, root->len, sizeof(*out->items));
	out->len = 0;
	for (size_t i = 0; i < root->len; i++) {
		if (among(others, ARRAY_LEN(others), root->keys[i]->text))
			continue;
		out->keys[out->len] = root->keys[i];
		out->items[out->len++] = root->items[i];
	}
	return out;
}

int linuxkit_recipe_load(
	struct arena *a, const char *dir, bool *is, struct linuxkit_recipe *out, struct diags *d)
{
	const char *path = arena_fmt(a, "%s/build.yml", dir);
	struct reader reader = { .mem = a, .d = d };
	struct diags quiet;
	struct yaml_node *root;
	unsigned before = d->errors;
	char *text;
	size_t len;
	diags_init(&quiet, a);
	*is = false;
	/* What is wrong with the file says who reads it as ours. */
	if (file_read(a, path, RECIPE_MAX, &text, &len, &quiet) < 0 ||
		yaml_parse(a, path, text, len, &root, &quiet) < 0 || !root ||
		root->type != YAML_MAP)
		return 0;
	*is = access(arena_fmt(a, "%s/Dockerfile", dir), F_OK) == 0 || has_their_keys(root);
	if (!*is)
		return 0;
	*out = (struct linuxkit_recipe){ .dir = dir };
	diags_add_source(d, path, text, len);
	read_table(&reader, &linuxkit_table, without_others(a, root), out);
	return d->errors > before ? -1 : 0;
}
