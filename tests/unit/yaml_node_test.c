/* Text -> nodes: positions, aliases, merge keys, limits. */
#include "tests/unit/base_test.h"

#include "yaml/node.h"
#include "yaml/scalar.h"

#include <string.h>

static struct yaml_node *parse(struct fixture *f, const char *text)
{
	struct yaml_node *root = NULL;
	assert_int_equal(yaml_parse(f->mem, "in", text, strlen(text), &root, &f->d), 0);
	assert_int_equal(f->d.errors, 0);
	return root;
}

/* The one error that the text gets. */
static const struct diag *refused(struct fixture *f, const char *text, size_t len)
{
	struct yaml_node *root = NULL;
	diags_init(&f->d, f->mem);
	assert_int_equal(yaml_parse(f->mem, "in", text, len, &root, &f->d), -1);
	assert_int_equal(f->d.errors, 1);
	assert_null(root);
	return f->d.first;
}

static void assert_at(struct pos at, uint32_t line, uint32_t col, uint32_t len)
{
	assert_int_equal(at.line, line);
	assert_int_equal(at.col, col);
	assert_int_equal(at.len, len);
}

static void positions(void **state)
{
	struct yaml_node *n = parse(*state, "a: b\n"
					    "\xc3\xa9\xe6\x97\xa5: \"x y\"\n"
					    "l:\n"
					    "  - one two\n"
					    "    three\n"
					    "  - {k: v, w: x}\n"
					    "t: |\n"
					    "  block\n");
	assert_int_equal(n->type, YAML_MAP);
	assert_int_equal(n->len, 4);
	assert_at(n->at, 1, 1, 4);
	assert_at(n->items[0]->at, 1, 4, 1);
	assert_at(n->keys[1]->at, 2, 1, 2);
	assert_at(n->items[1]->at, 2, 5, 5);
	assert_false(n->items[1]->plain);
	assert_true(n->items[0]->plain);
	struct yaml_node *l = yaml_get(n, "l");
	assert_int_equal(l->type, YAML_LIST);
	assert_at(l->at, 4, 3, 1);
	assert_at(l->items[0]->at, 4, 5, 7);
	assert_string_equal(l->items[0]->text, "one two three");
	assert_at(l->items[1]->at, 6, 5, 12);
	assert_at(yaml_get(n, "t")->at, 7, 4, 1);
	assert_string_equal(yaml_get(n, "t")->text, "block\n");
	assert_null(yaml_get(n, "none"));
	assert_null(yaml_get(l, "none"));
}

static void tabs_and_line_ends(void **state)
{
	struct yaml_node *n = parse(*state, "\xef\xbb\xbf"
					    "a:\tb\r\nc: d\r\n");
	assert_at(n->items[0]->at, 1, 4, 1);
	assert_string_equal(n->items[0]->text, "b");
	assert_at(n->keys[1]->at, 2, 1, 1);
	assert_string_equal(n->items[1]->text, "d");
}

static void nothing(void **state)
{
	assert_null(parse(*state, ""));
	assert_null(parse(*state, "# a comment\n"));
	assert_null(parse(*state, "---\n"));
	assert_non_null(parse(*state, "\"\"\n"));
}

static void aliases_share(void **state)
{
	struct yaml_node *n = parse(*state, "a: &x {k: v}\nb: *x\ny: &x 1\nz: *x\n");
	assert_ptr_equal(yaml_get(n, "a"), yaml_get(n, "b"));
	assert_string_equal(yaml_get(n, "z")->text, "1");
}

static void merge_keys(void **state)
{
	struct yaml_node *n = parse(*state, "one: &one {a: 1, b: 1}\n"
					    "two: &two {b: 2, c: 2}\n"
					    "x: {<<: *one, a: 0}\n"
					    "y: {<<: [*two, *one]}\n"
					    "z: {\"<<\": *one}\n");
	struct yaml_node *x = yaml_get(n, "x"), *y = yaml_get(n, "y"), *z = yaml_get(n, "z");
	assert_int_equal(x->len, 2);
	assert_string_equal(yaml_get(x, "a")->text, "0");
	assert_string_equal(yaml_get(x, "b")->text, "1");
	assert_int_equal(y->len, 3);
	assert_string_equal(yaml_get(y, "b")->text, "2");
	assert_string_equal(yaml_get(y, "a")->text, "1");
	assert_int_equal(z->len, 1);
}

static void duplicates_name_both_places(void **state)
{
	static const char text[] = "a: 1\nb: 2\n\"a\": 3\n";
	const struct diag *g = refused(*state, text, sizeof(text) - 1);
	assert_at(g->at, 3, 1, 3);
	assert_non_null(strstr(g->what, "in:1:1"));
}

static void bad_bytes(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint32_t line, col;
	} cases[] = {
		{ "a: \xff\n", 5, 1, 4 }, { "a: \xed\xa0\x80\n", 7, 1, 4 }, /* a surrogate */
		{ "a: \xc0\x80\n", 6, 1, 4 },				    /* NUL, the long way */
		{ "a: b\0c\n", 7, 1, 5 }, { "\xc3\xa9: \x1b\n", 6, 1, 4 },
		{ "a: b\nc: \x7f\n", 10, 2, 4 }, { "a: \xc2\x9b\n", 6, 1, 4 },
		{ "a: b\rc: d\n", 10, 1, 5 }, { "a: \xe2\x80\xa8\n", 7, 1, 4 },
		{ "a: \xef\xbb\xbf\n", 7, 1, 4 }, { "a: \xe2\x80", 5, 1, 4 }, /* cut off */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_at(refused(*state, cases[i].text, cases[i].len)->at, cases[i].line,
			cases[i].col, 1);
}

static char *repeat(struct fixture *f, const char *unit, size_t times)
{
	size_t n = strlen(unit);
	char *s = arena_alloc(f->mem, n * times + 1);
	for (size_t i = 0; i < times; i++)
		memcpy(s + i * n, unit, n);
	return s;
}

static void assert_limit(struct fixture *f, const char *text, const char *says)
{
	const struct diag *g = refused(f, text, strlen(text));
	if (!strstr(g->what, says))
		print_error("\"%s\" does not say \"%s\"\n", g->what, says);
	assert_non_null(strstr(g->what, says));
}

static void limits(void **state)
{
	struct fixture *f = *state;
	assert_limit(f, repeat(f, "#\n", (1 << 19) + 1), "at most 1048576");
	assert_limit(f, repeat(f, "[", 65), "64 deep");
	assert_limit(f, repeat(f, "- ", 65), "64 deep");
	assert_limit(f, arena_fmt(f->mem, "a: %s", repeat(f, "x", (256 << 10) + 1)), "262145");
	assert_limit(f, repeat(f, "- x\n", 50001), "50000 values");
	assert_limit(f,
		arena_fmt(f->mem, "a: &a [%s]\nb: [%s]\n", repeat(f, "x,", 400),
			repeat(f, "*a,", 300)),
		"50000 values");
	/* Depth through aliases: 40 levels in 40 levels. */
	assert_limit(f,
		arena_fmt(f->mem, "a: &a %s%s\nb: %s*a%s\n", repeat(f, "[", 40), repeat(f, "]", 40),
			repeat(f, "[", 40), repeat(f, "]", 40)),
		"64 deep");
	diags_init(&f->d, f->mem);
	(void)parse(f, arena_fmt(f->mem, "%s%s", repeat(f, "[", 64), repeat(f, "]", 64)));
	(void)parse(f, arena_fmt(f->mem, "a: %s", repeat(f, "x", 256 << 10)));
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		enum scalar_kind kind;
	} cases[] = {
		{ "x", SCALAR_TEXT },
		{ "yes", SCALAR_WORD },
		{ "Off", SCALAR_WORD },
		{ "y", SCALAR_TEXT },
		{ "true", SCALAR_BOOL },
		{ "FALSE", SCALAR_BOOL },
		{ "tRUE", SCALAR_TEXT },
		{ "~", SCALAR_NULL },
		{ "Null", SCALAR_NULL },
		{ "1", SCALAR_INT },
		{ "-1", SCALAR_INT },
		{ "+1", SCALAR_INT },
		{ "012", SCALAR_INT },
		{ "0o12", SCALAR_INT },
		{ "0x1F", SCALAR_INT },
		{ "0b11", SCALAR_INT },
		{ "1_000", SCALAR_INT },
		{ "0x", SCALAR_TEXT },
		{ "089", SCALAR_FLOAT },
		{ "1.10", SCALAR_FLOAT },
		{ ".5", SCALAR_FLOAT },
		{ "1e3", SCALAR_FLOAT },
		{ "1.", SCALAR_FLOAT },
		{ ".", SCALAR_TEXT },
		{ "1.2.3", SCALAR_TEXT },
		{ "-.inf", SCALAR_FLOAT },
		{ "1:2", SCALAR_TEXT },
		{ "2024-01-31", SCALAR_DATE },
		{ "2024-1-3 10:20:30", SCALAR_DATE },
		{ "2024-01-31x", SCALAR_TEXT },
		{ "-", SCALAR_TEXT },
		{ "+", SCALAR_TEXT },
		{ "10M", SCALAR_TEXT },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yaml_node n = { .text = cases[i].text, .plain = true };
		if (scalar_kind(&n) != cases[i].kind)
			print_error("wrong kind: %s\n", cases[i].text);
		assert_int_equal(scalar_kind(&n), cases[i].kind);
		n.plain = false;
		assert_int_equal(scalar_kind(&n), SCALAR_TEXT);
	}
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t v;
		bool fits, octal;
	} cases[] = {
		{ "0", 0, true, false },
		{ "-12", -12, true, false },
		{ "012", 10, true, true },
		{ "-012", -10, true, true },
		{ "0o17", 15, true, false },
		{ "0xff", 255, true, false },
		{ "0b101", 5, true, false },
		{ "1_000", 1000, true, false },
		{ "9223372036854775807", INT64_MAX, true, false },
		{ "-9223372036854775808", INT64_MIN, true, false },
		{ "9223372036854775808", 0, false, false },
		{ "99999999999999999999999", 0, false, false },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yaml_node n = { .text = cases[i].text, .plain = true };
		int64_t v = 0;
		bool octal = false;
		assert_int_equal(scalar_int(&n, &v, &octal), cases[i].fits);
		assert_int_equal(octal, cases[i].octal);
		assert_true(v == cases[i].v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(positions),
		TEST(tabs_and_line_ends),
		TEST(nothing),
		TEST(aliases_share),
		TEST(merge_keys),
		TEST(duplicates_name_both_places),
		TEST(bad_bytes),
		TEST(limits),
		TEST(kinds),
		TEST(numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
