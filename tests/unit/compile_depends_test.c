/* What a compiler says that it read: only the package's own files and the toolchain's. */
#include "mkimage/pkg/compile_impl.h"

#include "tests/unit/base_test.h"

#include <string.h>

static const char *const folders[] = { "/store/musl", "/usr/lib/gcc/x/12/include" };

static int check(struct fixture *f, const char *text)
{
	const char *items[] = { folders[0], folders[1] };
	const struct strings all = { .items = items, .len = ARRAY_LEN(items) };
	struct recipe_compiled p = { .path = { .v = "usr/bin/a" } };
	return compile_depends(f->mem, text, &p, &all, &f->d);
}

static void good(void **state)
{
	static const char *const texts[] = { "a.o:", "a.o: a.c\n", "a.o: ./a.c own/b.h \\\n c.h\n",
		"a.o: /store/musl/usr/include/stdio.h \\\n  /usr/lib/gcc/x/12/include/stddef.h",
		"a.o: with\\ space.h a$$b.h x\\#y.h ..a b.. a..b/c\n" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(check(*state, texts[i]), 0);
}

static void bad(void **state)
{
	static const char *const texts[] = { "a.o: a.c /etc/passwd\n", "a.o: ../a.c",
		"a.o: x/../../y", "a.o: a.c \\\n\\\n /etc/x", "a.o: /store/musl",
		"a.o: /store/muslx/y", "a.o: /store/musl/../x",
		"a.o: /usr/lib/gcc/x/12/include/../../x.h", "a.o: ..", "a.o: /usr/include/stdio.h",
		"a.o:\t/etc/x\ty" };
	struct fixture *f = *state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(check(f, texts[i]), -1);
	assert_non_null(strstr(f->d.first->what, "\"usr/bin/a\" is compiled from \"/etc/passwd\""));
	assert_int_equal(check(f, "nothing"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(good), TEST(bad) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
