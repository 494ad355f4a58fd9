#include "tests/unit/base_test.h"

#include "base/clock.h"
#include "base/utf8.h"

static void arenas_zero_and_align(void **state)
{
	struct fixture *f = *state;
	for (size_t size = 0; size < 200000; size = size * 3 + 1) {
		unsigned char *p = arena_alloc(f->mem, size);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
}

static void vectors_grow(void **state)
{
	struct fixture *f = *state;
	struct strings v = { 0 };
	for (int i = 0; i < 1000; i++)
		vec_push(f->mem, &v, arena_fmt(f->mem, "%d", i));
	int n = 0;
	vec_each (const char *, s, &v)
		assert_int_equal(strtol(*s, NULL, 10), n++);
	assert_int_equal(n, 1000);
}

static void utf8_is_strict(void **state)
{
	(void)state;
	assert_int_equal(utf8_len("a", 1), 1);
	assert_int_equal(utf8_len("\xc3\xa9", 2), 2);
	assert_int_equal(utf8_len("\xe2\x82\xac", 3), 3);
	assert_int_equal(utf8_len("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(utf8_len("\xe2\x82", 2), 0);	      /* cut off */
	assert_int_equal(utf8_len("\xc0\xaf", 2), 0);	      /* overlong "/" */
	assert_int_equal(utf8_len("\xe0\x80\xaf", 3), 0);     /* overlong */
	assert_int_equal(utf8_len("\xed\xa0\x80", 3), 0);     /* surrogate */
	assert_int_equal(utf8_len("\xf4\x90\x80\x80", 4), 0); /* above U+10FFFF */
	assert_int_equal(utf8_len("\x80", 1), 0);
	assert_int_equal(utf8_count("a\xc3\xa9\xff", 4), 3);
}

static void rfc3339_round_trips(void **state)
{
	(void)state;
	static const struct {
		int64_t epoch;
		const char *text;
	} known[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ CLOCK_DEFAULT_EPOCH, "2017-04-18T16:30:00Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		char text[CLOCK_RFC3339_SIZE];
		clock_rfc3339(known[i].epoch, text);
		assert_string_equal(text, known[i].text);
		int64_t back;
		assert_int_equal(clock_parse_rfc3339(text, &back), 0);
		assert_int_equal(back, known[i].epoch);
	}
	int64_t v;
	assert_int_equal(clock_parse_rfc3339("2000-01-01T01:00:00.5+01:00", &v), 0);
	assert_int_equal(v, 946684800);
	assert_int_equal(clock_parse_rfc3339("2000-13-01T00:00:00Z", &v), -1);
	assert_int_equal(clock_parse_rfc3339("2000-01-01", &v), -1);
	assert_int_equal(clock_parse_rfc3339("2000-01-01T00:00:00", &v), -1);
	assert_int_equal(clock_parse_rfc3339("2000-01-01T00:00:00Zx", &v), -1);
}

static void epoch_comes_from_the_environment(void **state)
{
	struct fixture *f = *state;
	int64_t v;
	unsetenv("SOURCE_DATE_EPOCH");
	assert_int_equal(clock_epoch(7, &v, &f->d), 0);
	assert_int_equal(v, 7);
	setenv("SOURCE_DATE_EPOCH", "12345", 1);
	assert_int_equal(clock_epoch(7, &v, &f->d), 0);
	assert_int_equal(v, 12345);
	setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
	assert_int_equal(clock_epoch(7, &v, &f->d), -1);
	assert_int_equal(diags_exit_code(&f->d), KIND_USAGE);
	unsetenv("SOURCE_DATE_EPOCH");
}

static char *printed(struct fixture *f, void (*print)(const struct diags *, FILE *))
{
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	print(&f->d, to);
	fclose(to);
	char *kept = arena_str(f->mem, text);
	free(text);
	return kept;
}

static void diagnostics_point_at_the_text(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "services:\n  - name: getty\n\timage: gett\xc3\xbf\x1b[1m\n";
	diags_add_source(&f->d, "os.yml", text, sizeof(text) - 1);
	struct pos at = { "os.yml", 3, 9, 5 };
	assert_int_equal(
		fail_at(&f->d, at, "run `slipway image ls`", "there is no image \"%s\"", "gett"),
		-1);
	assert_int_equal(fail_ctx(&f->d, "checking service \"getty\""), -1);
	assert_string_equal(printed(f, diags_print),
		"os.yml:3:9: error: there is no image \"gett\"\n"
		"    3 |  image: gett\xc3\xbf\\x1b[1m\n"
		"      |         ^^^^^\n"
		"hint: run `slipway image ls`\n"
		"while checking service \"getty\"\n");
	assert_int_equal(diags_exit_code(&f->d), KIND_INPUT);
	assert_string_equal(printed(f, diags_print_json),
		"[\n  {\"severity\": \"error\", \"kind\": \"input\", \"file\": \"os.yml\", \"line\": 3, "
		"\"column\": 9, \"length\": 5, \"message\": \"there is no image \\\"gett\\\"\", "
		"\"hint\": \"run `slipway image ls`\", \"context\": [\"checking service \\\"getty\\\"\"]}\n]\n");
}

static void diagnostics_stop_at_the_limit(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 25; i++)
		fail(&f->d, KIND_INPUT, NULL, "number %d", i);
	const char *text = printed(f, diags_print);
	assert_non_null(strstr(text, "number 19\n"));
	assert_null(strstr(text, "number 20\n"));
	assert_non_null(strstr(text, "5 more errors are not shown"));
}

static void warnings_do_not_fail(void **state)
{
	struct fixture *f = *state;
	warn_at(&f->d, (struct pos){ "a", 1, 1, 1 }, NULL, "odd");
	assert_int_equal(diags_exit_code(&f->d), 0);
	fail_sys(&f->d, 28, "cannot write");
	assert_int_equal(diags_exit_code(&f->d), KIND_SYSTEM);
	assert_non_null(strstr(printed(f, diags_print), "cannot write: No space left on device"));
}

static void lists_of_strings(void **state)
{
	AUTO_ARENA a = arena_new();
	struct strings s = { 0 };
	(void)state;
	strings_sort(&s);
	assert_string_equal(strings_join(a, &s, ", "), "");
	vec_push(a, &s, "b");
	assert_string_equal(strings_join(a, &s, ", "), "b");
	vec_push(a, &s, "");
	vec_push(a, &s, "\xff");
	vec_push(a, &s, "a");
	strings_sort(&s);
	assert_string_equal(strings_join(a, &s, ", "), ", a, b, \xff");
	assert_string_equal(strings_join(a, &s, ""), "ab\xff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arenas_zero_and_align),
		TEST(vectors_grow),
		TEST(utf8_is_strict),
		TEST(rfc3339_round_trips),
		TEST(epoch_comes_from_the_environment),
		TEST(diagnostics_point_at_the_text),
		TEST(diagnostics_stop_at_the_limit),
		TEST(warnings_do_not_fail),
		TEST(lists_of_strings),
	};
	return cmocka_run_group_tests_name("base text", tests, NULL, NULL);
}
