/* Several files, includes, overrides and variables: what comes out, and where it says it is from.
 */
#include "tests/unit/base_test.h"

#include "yaml/config.h"
#include "yaml/variables.h"

#include <string.h>

struct text {
	const char *path, *text;
};

static const struct text *text_of(const void *ctx, const char *path)
{
	for (const struct text *t = ctx; t->path; t++) {
		if (strcmp(t->path, path) == 0)
			return t;
	}
	return NULL;
}

static int find(void *ctx, const char *path, const struct y_str *from, struct config_file_id *out,
	struct diags *d)
{
	const struct text *t = text_of(ctx, path);
	out->inode = (uint64_t)(uintptr_t)t;
	return t ? 0
		 : fail_at(d, from ? from->at : (struct pos){ 0 }, NULL, "no file \"%s\"", path);
}

static int get(void *ctx, struct arena *a, const char *path, size_t max, const char **text,
	size_t *len, struct diags *d)
{
	const struct text *t = text_of(ctx, path);
	(void)a;
	(void)max;
	if (!t)
		return fail_at(d, (struct pos){ 0 }, NULL, "no file \"%s\"", path);
	*text = t->text;
	*len = strlen(*text);
	return 0;
}

static int load(struct fixture *f, const struct text *texts, const char *first, const char *second,
	struct config *c)
{
	const struct config_reader reader = { find, get, (void *)(uintptr_t)texts };
	const char *files[] = { first, second }, *set[] = { "TAG=7" };
	const struct config_input in = {
		.files = { files, second ? 2 : 1, 2 }, .set = { set, 1, 1 }, .reader = &reader
	};
	return config_load(f->mem, &in, c, &f->d);
}

static void order(void **state)
{
	static const struct text texts[] = {
		{ "d/a.yml",
			"include: [b.yml, c.yml]\ninit: [a]\nkernel: {image: k, tar: a, binary: \"\"}\n" },
		{ "d/b.yml", "include: [/e.yml]\ninit: [b]\nkernel: {tar: b, binary: b}\n" },
		{ "d/c.yml", "include: [../e.yml, b.yml]\ninit: [c]\n" },
		{ "/e.yml", "init: [e]\n" },
		{ "d/../e.yml", "init: [e2]\n" },
		{ "f.yml", "slipway: 1\ninit: [\"f:${TAG}\"]\nvolumes: [{name: v}]\n" },
		{ NULL, NULL },
	};
	static const char *const expected[] = { "e", "b", "e2", "c", "a", "f:7" };
	static const char *const from[] = { "/e.yml", "d/b.yml", "d/../e.yml", "d/c.yml", "d/a.yml",
		"f.yml" };
	struct config c;
	assert_int_equal(load(*state, texts, "d/a.yml", "f.yml", &c), 0);
	assert_int_equal(c.init.len, ARRAY_LEN(expected));
	for (size_t i = 0; i < c.init.len; i++) {
		assert_string_equal(c.init.items[i].v, expected[i]);
		assert_string_equal(c.init.items[i].at.file, from[i]);
	}
	assert_string_equal(c.kernel.tar.v, "a");
	assert_string_equal(c.kernel.binary.v, "b");
	assert_true(c.slipway.set);
	assert_int_equal(c.sources.len, 6);
	assert_string_equal(c.sources.items[1].name, "d/b.yml");
	assert_true(c.sources.items[1].included && !c.sources.items[5].included);
	assert_string_equal(
		variables_note(c.variables, c.init.items[5].at), "TAG=\"7\" from --set");
	assert_null(variables_note(c.variables, c.init.items[0].at));
}

static void overrides(void **state)
{
	static const struct text texts[] = {
		{ "a.yml", "services:\n"
			   "- {name: one, image: x, env: [A=1], cwd: /a}\n"
			   "- {name: two, image: x, env: [A=1]}\n"
			   "- {name: three, image: x}\n"
			   "volumes: [{name: one}, {name: two}]\n" },
		{ "b.yml", "services:\n"
			   "- {name: four, image: x}\n"
			   "- {name: one, override: merge, env: [B=2, C=3], uid: 5}\n"
			   "- {name: two, override: replace, image: y}\n"
			   "- {name: three, override: remove}\n"
			   "- {name: three, image: z}\n"
			   "- {name: four, override: merge, image: w}\n"
			   "volumes: [{name: one, override: remove}]\n"
			   "init: [\"${TAG}\"]\n"
			   "slipway: 1\n" },
		{ NULL, NULL },
	};
	struct config c;
	assert_int_equal(load(*state, texts, "a.yml", "b.yml", &c), 0);
	const struct image_item *s = c.services.items;
	assert_int_equal(c.services.len, 4);
	assert_string_equal(s[0].name.v, "one");
	assert_string_equal(s[0].options.cwd.v, "/a");
	assert_string_equal(s[0].options.cwd.at.file, "a.yml");
	assert_int_equal(s[0].options.env.len, 2);
	assert_string_equal(s[0].options.env.at.file, "b.yml");
	assert_int_equal(s[0].options.uid.number, 5);
	assert_string_equal(s[1].image.v, "y");
	assert_false(s[1].options.env.set);
	assert_string_equal(s[2].image.v, "w");
	assert_string_equal(s[3].image.v, "z");
	assert_int_equal(c.volumes.len, 1);
	assert_string_equal(c.volumes.items[0].name.v, "two");
}

/* What a file gives is its own: another one that overrides it leaves aliases alone. */
static void aliases_stay(void **state)
{
	static const struct text texts[] = {
		{ "a.yml", "services:\n"
			   "- &s {name: one, image: x, env: &e [A=1]}\n"
			   "onboot: [*s]\n"
			   "onshutdown: [{name: z, image: z, env: *e}]\n" },
		{ "b.yml", "slipway: 1\n"
			   "init: [\"${TAG}\"]\n"
			   "services: [{name: one, override: merge, image: y, env: [B=1]}]\n" },
		{ NULL, NULL },
	};
	struct config c;
	assert_int_equal(load(*state, texts, "a.yml", "b.yml", &c), 0);
	assert_string_equal(c.services.items[0].image.v, "y");
	assert_string_equal(c.onboot.items[0].image.v, "x");
	assert_string_equal(c.onshutdown.items[0].options.env.items[0].v, "A=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order),
		TEST(overrides),
		TEST(aliases_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
