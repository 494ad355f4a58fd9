/* ELF files: what they ask for, and every way to lie about where it is. Globs beside. */
#include "mkimage/pkg/elf.h"
#include "mkimage/pkg/glob.h"

#include "tests/unit/base_test.h"
#include "tests/unit/deb_build.h"

/* cmocka's fail_msg calls a name that is ours. */
#define wrong(...)                         \
	do {                               \
		print_error(__VA_ARGS__);  \
		_fail(__FILE__, __LINE__); \
	} while (0)

static const char *const libs[] = { "libc.so.6", "libz.so.1", NULL };

static void parsed(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[2048];
	struct elf e;
	elf_build(bytes, EM_X86_64, "/lib64/ld.so", libs, "$ORIGIN/../lib");
	assert_int_equal(elf_parse(f->mem, bytes, sizeof(bytes), &e), ELF_OK);
	assert_int_equal(e.machine, ELF_MACHINE_X86_64);
	assert_string_equal(e.interp, "/lib64/ld.so");
	assert_string_equal(e.runpath, "$ORIGIN/../lib");
	assert_int_equal(e.needed.len, 2);
	assert_string_equal(e.needed.items[1], "libz.so.1");
	elf_build(bytes, EM_AARCH64, NULL, NULL, NULL);
	assert_int_equal(elf_parse(f->mem, bytes, sizeof(bytes), &e), ELF_OK);
	assert_null(e.interp);
	assert_null(e.runpath);
	assert_int_equal(e.needed.len, 0);
}

static void others(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[2048];
	struct elf e;
	elf_build(bytes, EM_X86_64, NULL, libs, NULL);
	for (size_t len = 0; len < 64; len++)
		assert_int_equal(elf_parse(f->mem, bytes, len, &e), ELF_OTHER);
	bytes[EI_CLASS] = ELFCLASS32;
	assert_int_equal(elf_parse(f->mem, bytes, sizeof(bytes), &e), ELF_OTHER);
}

/* Every byte of headers and tables takes its extremes, in a buffer without a byte to spare. */
static void mangled(void **state)
{
	(void)state;
	uint8_t good[2048];
	elf_build(good, EM_X86_64, "/lib64/ld.so", libs, "/opt");
	for (size_t i = 0; i < 1100; i++) {
		static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
		for (size_t k = 0; k < sizeof(values); k++) {
			AUTO_ARENA a = arena_new();
			uint8_t *bytes = malloc(sizeof(good));
			struct elf e;
			memcpy(bytes, good, sizeof(good));
			bytes[i] = values[k];
			(void)elf_parse(a, bytes, sizeof(good), &e);
			free(bytes);
		}
	}
	for (size_t len = 64; len < sizeof(good); len++) {
		AUTO_ARENA a = arena_new();
		uint8_t *bytes = malloc(len);
		struct elf e;
		memcpy(bytes, good, len);
		assert_int_equal(elf_parse(a, bytes, len, &e), ELF_BROKEN);
		free(bytes);
	}
}

static void globs(void **state)
{
	(void)state;
	static const struct {
		const char *glob, *path;
		bool fits;
	} cases[] = {
		{ "usr/sbin/nginx", "usr/sbin/nginx", true },
		{ "usr/sbin/nginx", "usr/sbin/nginx2", false },
		{ "/usr//sbin/./nginx", "usr/sbin/nginx", true },
		{ "usr/*/nginx", "usr/sbin/nginx", true },
		{ "usr/*", "usr/sbin/nginx", false },
		{ "*/*/*", "usr/sbin/nginx", true },
		{ "u?r", "usr", true },
		{ "u?r", "ur", false },
		{ "a?b", "a/b", false },
		{ "lib*.so.*", "libz.so.1", true },
		{ "lib*.so.*", "libz.so", false },
		{ "*a*b", "xaxxabxb", true },
		{ "*a*b", "xaxxabxbc", false },
		{ "**/x", "a/b/x", true },
		{ "**/x", "x", true },
		{ "a/**/x", "a/x", true },
		{ "a/**/x", "a/b/c/x", true },
		{ "a/**/x", "b/a/x", false },
		{ "a/**", "a/b/c", true },
		{ "a/**/b/**/c", "a/b/x/b/y/c", true },
		{ "a/**/b/**/c", "a/x/c/b/y", false },
		{ "usr/bin/[", "usr/bin/[", true },
		{ "[ab]", "a", false },
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (glob_match(cases[i].glob, cases[i].path) != cases[i].fits)
			wrong("\"%s\" and \"%s\"", cases[i].glob, cases[i].path);
	/* Would take years where every star may go back. */
	assert_false(glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(parsed),
		TEST(others),
		TEST(mangled),
		TEST(globs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
