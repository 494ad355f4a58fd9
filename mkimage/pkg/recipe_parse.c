/* The keys of build.yml. */
#include "base/fd.h"
#include "mkimage/pkg/recipe.h"
#include "mkimage/pkg/recipe_impl.h"

#include <string.h>
#include <sys/stat.h>

enum { RECIPE_MAX = 256 << 10 };

#define FIELD(type, key, member, kind)                                \
	{                                                             \
		key, kind, offsetof(struct type, member), NULL, false \
	}
#define NEED(type, key, member, kind)                                \
	{                                                            \
		key, kind, offsetof(struct type, member), NULL, true \
	}
#define SUB(type, key, member, kind, table)                             \
	{                                                               \
		key, kind, offsetof(struct type, member), &table, false \
	}
#define SECTION(title, type, table)                                 \
	{                                                           \
		title, sizeof(struct type), table, ARRAY_LEN(table) \
	}

static const struct field debian_fields[] = {
	NEED(recipe_debian, "suite", suite, FIELD_STR),
	NEED(recipe_debian, "packages", packages, FIELD_LIST),
	FIELD(recipe_debian, "only", only, FIELD_LIST),
	FIELD(recipe_debian, "files", files, FIELD_LIST),
	FIELD(recipe_debian, "drop", drop, FIELD_LIST),
};
static const struct section debian = SECTION("debian", recipe_debian, debian_fields);

static const struct field source_fields[] = {
	NEED(recipe_source, "suite", suite, FIELD_STR),
	NEED(recipe_source, "package", package, FIELD_STR),
	NEED(recipe_source, "config", config, FIELD_STR),
	NEED(recipe_source, "program", program, FIELD_STR),
	NEED(recipe_source, "path", path, FIELD_STR),
	FIELD(recipe_source, "applets", applets, FIELD_STR),
};
static const struct section source = SECTION("source", recipe_source, source_fields);

static const struct field kernel_fields[] = {
	NEED(recipe_kernel, "modulesBoot", modules_boot, FIELD_STR),
	NEED(recipe_kernel, "modulesDefault", modules_default, FIELD_STR),
};
static const struct section kernel = SECTION("kernel", recipe_kernel, kernel_fields);

static const struct field program_fields[] = {
	NEED(recipe_program, "program", program, FIELD_STR),
	NEED(recipe_program, "path", path, FIELD_STR),
	FIELD(recipe_program, "links", links, FIELD_LIST),
	FIELD(recipe_program, "mode", mode, FIELD_MODE),
};
static const struct section program = SECTION("programs", recipe_program, program_fields);

static const struct field file_fields[] = {
	NEED(recipe_file, "path", path, FIELD_STR),
	FIELD(recipe_file, "contents", contents, FIELD_TEXT),
	FIELD(recipe_file, "source", source, FIELD_STR),
	FIELD(recipe_file, "symlink", symlink, FIELD_STR),
	FIELD(recipe_file, "directory", directory, FIELD_BOOL),
	FIELD(recipe_file, "mode", mode, FIELD_MODE),
	FIELD(recipe_file, "uid", uid, FIELD_NUM),
	FIELD(recipe_file, "gid", gid, FIELD_NUM),
};
static const struct section file = SECTION("files", recipe_file, file_fields);

static const struct field user_fields[] = {
	NEED(recipe_user, "name", name, FIELD_STR),
	NEED(recipe_user, "uid", uid, FIELD_NUM),
	NEED(recipe_user, "gid", gid, FIELD_NUM),
	FIELD(recipe_user, "home", home, FIELD_STR),
	FIELD(recipe_user, "shell", shell, FIELD_STR),
};
static const struct section user = SECTION("users", recipe_user, user_fields);

static const struct field recipe_fields[] = {
	NEED(recipe, "image", image, FIELD_STR),
	FIELD(recipe, "base", base, FIELD_STR),
	SUB(recipe, "debian", debian, FIELD_SECTION, debian),
	SUB(recipe, "source", source, FIELD_SECTION, source),
	SUB(recipe, "kernel", kernel, FIELD_SECTION, kernel),
	SUB(recipe, "programs", programs, FIELD_ITEMS, program),
	SUB(recipe, "files", files, FIELD_ITEMS, file),
	SUB(recipe, "users", users, FIELD_ITEMS, user),
	FIELD(recipe, "config", config, FIELD_NODE),
	FIELD(recipe, "labels", labels, FIELD_NODE),
	FIELD(recipe, "entrypoint", entrypoint, FIELD_LIST),
	FIELD(recipe, "cmd", cmd, FIELD_LIST),
	FIELD(recipe, "env", env, FIELD_LIST),
	FIELD(recipe, "workdir", workdir, FIELD_STR),
	FIELD(recipe, "user", user, FIELD_STR),
};
static const struct section recipe = SECTION("a recipe", recipe, recipe_fields);

int recipe_parse(struct arena *a, const char *dir, const char *name, const char *text, size_t len,
	struct recipe *out, struct diags *d)
{
	struct yaml_node *root;
	struct recipe r = { 0 };
	if (yaml_parse(a, name, text, len, &root, d) < 0)
		return -1;
	if (!root)
		return fail_at(d, (struct pos){ .file = name }, "start with \"image: NAME\"",
			"the recipe is empty");
	if (section_read(a, &recipe, root, &r, d) < 0)
		return -1;
	r.dir = dir;
	r.file = name;
	if (recipe_check(&r, d) < 0)
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
