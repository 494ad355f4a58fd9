/* base/format.c against libc's printf. */
#include "tests/unit/base_test.h"

#include <limits.h>

#define vsnprintf format_text
#define vfprintf  format_file
int format_text(char *text, size_t size, const char *f, va_list ap);
int format_file(FILE *file, const char *f, va_list ap);
#include "base/format.c"
#undef vsnprintf
#undef vfprintf

__attribute__((format(printf, 3, 4))) static int ours(char *text, size_t size, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	int n = format_text(text, size, f, ap);
	va_end(ap);
	return n;
}

__attribute__((format(printf, 3, 4), noinline)) static int libcs(
	char *text, size_t size, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	int n = vsnprintf(text, size, f, ap);
	va_end(ap);
	return n;
}

__attribute__((format(printf, 2, 3))) static int ours_file(FILE *file, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	int n = format_file(file, f, ap);
	va_end(ap);
	return n;
}

#define SAME(...)                                                                                  \
	do {                                                                                       \
		char a[64], b[64];                                                                 \
		for (size_t size = 1; size <= sizeof(a); size += 7) {                              \
			assert_int_equal(ours(a, size, __VA_ARGS__), libcs(b, size, __VA_ARGS__)); \
			assert_string_equal(a, b);                                                 \
		}                                                                                  \
		assert_int_equal(ours(NULL, 0, __VA_ARGS__), (int)strlen(b));                      \
	} while (0)

static void test_texts(void **state)
{
	(void)state;
	SAME("%s", "");
	SAME("100%% of %s: %c|", "this", 'x');
	SAME("%-10s|%10s|%3s|", "left", "right", "longer");
	SAME("%.3s|%.*s|%.*s|%.9s|", "cut", 2, "cut", -1, "all", "short");
	SAME("%-20s %-8lld %-8s", "id", 5LL, "running");
}

static void test_numbers(void **state)
{
	(void)state;
	SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	SAME("%u %x %llx", UINT_MAX, 0xbeefU, ULLONG_MAX);
	SAME("%lld %lld %ld", LLONG_MIN, LLONG_MAX, LONG_MIN);
	SAME("%zu %llu %lu", SIZE_MAX, ULLONG_MAX, 7UL);
	SAME("%04d|%04d|%02lld|%03llu|%04x|", 12, -12, 345LL, 6ULL, 0x1fU);
	SAME("%8d|%-8d|%5llu|%8lld|", -42, -42, 42ULL, 42LL);
}

static void test_files(void **state)
{
	char text[5000], want[5000];
	FILE *f = fmemopen(text, sizeof(text), "w");

	(void)state;
	memset(want, 'a', sizeof(want));
	want[3000] = '\0';
	assert_non_null(f);
	assert_int_equal(ours_file(f, "[%s] %d\n", "short", 7), 10);
	assert_int_equal(ours_file(f, "%s!", want), 3001);
	assert_int_equal(fclose(f), 0);
	assert_memory_equal(text, "[short] 7\n", 10);
	assert_memory_equal(text + 10, want, 3000);
	assert_string_equal(text + 3010, "!");
	f = fopen("/dev/full", "w");
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(ours_file(f, "%s", "x"), -1);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
