#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the three above first. */
#include <cmocka.h>
#include <string.h>

static int begin(void **state)
{
	struct arena *a = arena_new();
	struct diags *d = ARENA_NEW(a, struct diags);
	diags_init(d, a);
	*state = d;
	return 0;
}

static int end(void **state)
{
	struct diags *d = *state;
	arena_free(d->mem);
	return 0;
}

static struct json parse(struct diags *d, const char *text)
{
	struct json root = { 0 };
	assert_int_equal(json_parse(d->mem, "the text", text, strlen(text), &root, d), 0);
	return root;
}

static void said(struct diags *d, int rc, const char *what)
{
	assert_int_equal(rc, -1);
	assert_string_equal(d->last->what, what);
}

static void reads(void **state)
{
	struct diags *d = *state;
	struct json root = parse(d, "{\"s\":\"x\",\"n\":18446744073709551615,\"b\":true,\"z\":null,"
				    "\"l\":[\"a\",\"b\"],\"o\":{\"k\":{\"v\":1}}}");
	const char *s;
	uint64_t n = 0;
	bool b = false;
	struct strings l;
	struct json o, item;
	assert_int_equal(json_str(root, "s", &s, d), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_str(root, "z", &s, d), 0);
	assert_null(s);
	assert_int_equal(json_u64(root, "n", &n, d), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(json_bool(root, "b", &b, d), 0);
	assert_true(b);
	assert_int_equal(json_strings(root, "l", &l, d), 0);
	assert_int_equal(l.len, 2);
	assert_int_equal(json_object(root, "none", &o, d), 0);
	assert_null(o.val);
	assert_false(json_next(&(struct json_each){ .in = o }, NULL, &item));
	assert_int_equal(json_need_object(root, "o", &o, d), 0);
	const char *key;
	struct json_each e = json_each(o);
	assert_true(json_next(&e, &key, &item));
	assert_string_equal(key, "k");
	assert_string_equal(item.path, "o.k");
	assert_false(json_next(&e, &key, &item));
}

static void names_the_place(void **state)
{
	struct diags *d = *state;
	struct json root = parse(d,
		"{\"list\":[{\"size\":1.5},{\"size\":-1}],\"a\":1,\"a\":2,\"nul\":\"x\\u0000\"}");
	struct json list, item;
	uint64_t n;
	const char *s;
	assert_int_equal(json_need_array(root, "list", &list, d), 0);
	struct json_each e = json_each(list);
	assert_true(json_next(&e, NULL, &item));
	said(d, json_u64(item, "size", &n, d),
		"the text: \"list[0].size\" is no whole number from 0");
	assert_true(json_next(&e, NULL, &item));
	said(d, json_u64(item, "size", &n, d),
		"the text: \"list[1].size\" is no whole number from 0");
	said(d, json_need_str(item, "name", &s, d), "the text: \"list[1].name\" is missing");
	said(d, json_u64(root, "a", &n, d), "the text: \"a\" is there twice");
	said(d, json_str(root, "nul", &s, d), "the text: \"nul\" holds a NUL");
	said(d, json_str(root, "list", &s, d), "the text: \"list\" is no string");
	said(d, json_as_object(list, d), "the text: \"list\" is no object");
}

static void refuses(void **state)
{
	static const char *const bad[] = { "", "{", "{}x", "[1,]", "{\"a\":01}", "nan", "\"\xff\"",
		"// c\n1" };
	struct diags *d = *state;
	struct json root;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(
			json_parse(d->mem, "the text", bad[i], strlen(bad[i]), &root, d), -1);
	char deep[JSON_DEPTH + 2];
	memset(deep, '[', sizeof(deep));
	said(d, json_parse(d->mem, "the text", deep, JSON_DEPTH + 1, &root, d),
		"the text nests deeper than 64");
	/* Brackets in strings are no depth. */
	const char *text = arena_fmt(d->mem, "\"\\\"%.*s\"", JSON_DEPTH + 1, deep);
	assert_int_equal(json_parse(d->mem, "the text", text, strlen(text), &root, d), 0);
}

static void writes_in_order(void **state)
{
	struct diags *d = *state;
	size_t len;
	yyjson_mut_doc *doc = json_copy(d->mem, parse(d, "{\"b\":1,\"a\":[true,\"\\u00e9\"]}"));
	yyjson_mut_obj_add_str(doc, yyjson_mut_doc_get_root(doc), "0", "\n");
	assert_string_equal(json_write(d->mem, doc, 0, &len),
		"{\"b\":1,\"a\":[true,\"\xc3\xa9\"],\"0\":\"\\n\"}");
	assert_string_equal(json_write(d->mem, doc, 2, &len),
		"{\n  \"b\": 1,\n  \"a\": [\n    true,\n    \"\xc3\xa9\"\n  ],\n  \"0\": \"\\n\"\n}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads, begin, end),
		cmocka_unit_test_setup_teardown(names_the_place, begin, end),
		cmocka_unit_test_setup_teardown(refuses, begin, end),
		cmocka_unit_test_setup_teardown(writes_in_order, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
