/* What apt prints, and names. The network part is tests/pkg's. */
#include "mkimage/pkg/apt_impl.h"

#include "tests/unit/base_test.h"

/* cmocka's fail_msg calls a name that is ours. */
#define wrong(...)                         \
	do {                               \
		print_error(__VA_ARGS__);  \
		_fail(__FILE__, __LINE__); \
	} while (0)

#define SUM  "0b11ad17be0300b63ad4eeb4c6450fed24d34b7b740f23e5363dcb29ee6d5eba"
#define GOOD "'http://m.example/pool/a_1_all.deb' a_1_all.deb 12 SHA256:" SUM

static void line_good(void **state)
{
	struct fixture *f = *state;
	struct apt_file out;
	char text[DIGEST_TEXT_SIZE];
	assert_null(apt_line_parse(f->mem, GOOD, strlen(GOOD), &out));
	assert_string_equal(out.uri, "http://m.example/pool/a_1_all.deb");
	assert_string_equal(out.name, "a_1_all.deb");
	assert_int_equal(out.size, 12);
	assert_string_equal(digest_hex(&out.digest, text), SUM);
	/* Every cut of it is refused. */
	for (size_t len = 0; len < strlen(GOOD); len++)
		assert_non_null(apt_line_parse(f->mem, GOOD, len, &out));
}

static void line_bad(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {
		"http://m/a a 1 SHA256:" SUM,
		"'' a 1 SHA256:" SUM,
		"'http://m/a b' a 1 SHA256:" SUM,
		"'http://m/a' ../a 1 SHA256:" SUM,
		"'http://m/a' b/a 1 SHA256:" SUM,
		"'http://m/a' .a 1 SHA256:" SUM,
		"'http://m/a'  1 SHA256:" SUM,
		"'http://m/a' a -1 SHA256:" SUM,
		"'http://m/a' a x SHA256:" SUM,
		"'http://m/a' a 99999999999999999999 SHA256:" SUM,
		"'http://m/a' a 1 MD5Sum:0123456789abcdef0123456789abcdef",
		"'http://m/a' a 1 SHA256:" SUM "0",
		"'http://m/a' a 1 SHA256:" SUM " ",
		"'http://m/a' a 1  SHA256:" SUM,
		"E: Unable to locate package x",
	};
	struct apt_file out;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!apt_line_parse(f->mem, bad[i], strlen(bad[i]), &out))
			wrong("taken: %s", bad[i]);
}

static void lines(void **state)
{
	struct fixture *f = *state;
	struct apt_files out = { 0 };
	assert_int_equal(apt_lines_parse(f->mem, "", &out, &f->d), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(apt_lines_parse(f->mem, GOOD "\n\n" GOOD, &out, &f->d), 0);
	assert_int_equal(out.len, 2);
	assert_int_equal(apt_lines_parse(f->mem, GOOD "\nnonsense\n", &out, &f->d), -1);
	assert_int_equal(f->d.first->kind, KIND_SYSTEM);
	assert_non_null(strstr(f->d.first->what, "nonsense"));
}

static void deb_names(void **state)
{
	struct fixture *f = *state;
	struct apt_file out = { 0 };
	assert_int_equal(
		apt_deb_name(f->mem, "openssh-server_1%3a10.0p1-7+deb13u4_amd64.deb", &out), 0);
	assert_string_equal(out.name, "openssh-server");
	assert_string_equal(out.version, "1:10.0p1-7+deb13u4");
	assert_string_equal(out.arch, "amd64");
	assert_int_equal(apt_deb_name(f->mem, "libstdc++6_14.2.0-19_arm64.deb", &out), 0);
	assert_string_equal(out.name, "libstdc++6");
	static const char *const bad[] = { "", ".deb", "a_1_all.udeb", "ab_1.deb", "ab__all.deb",
		"ab_1_.deb", "_1_all.deb", "ab_1%3_all.deb", "ab_1%zz_all.deb", "ab_1%2f_all.deb",
		"ab_1%00_all.deb", "Ab_1_all.deb", "ab_1_2_all.deb", "ab_1%5f2_all.deb" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (apt_deb_name(f->mem, bad[i], &out) == 0)
			wrong("taken: %s", bad[i]);
}

static void names(void **state)
{
	(void)state;
	assert_true(apt_name_valid("g++"));
	assert_true(apt_name_valid("libc6"));
	assert_true(apt_name_valid("7zip"));
	static const char *const bad[] = { "", "a", "-y", "nginx-", "a b", "a/b", "a=1", "Nginx",
		"a:amd64", "a\n" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(apt_name_valid(bad[i]));
	assert_true(apt_suite_valid("trixie"));
	assert_true(apt_suite_valid("bookworm-backports"));
	assert_false(apt_suite_valid(""));
	assert_false(apt_suite_valid("../x"));
	assert_false(apt_suite_valid("a b"));
	assert_false(apt_suite_valid("-x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(line_good),
		TEST(line_bad),
		TEST(lines),
		TEST(deb_names),
		TEST(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
