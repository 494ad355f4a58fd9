/* The log ring: bounded, whole lines, survives its process, does not trust its file. */
#include "base/auto_fd.h"
#include "system-runtime/supervise/ring.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int scratch(void **state)
{
	static char path[] = "/tmp/ring-XXXXXX";
	static int dir;

	dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	*state = &dir;
	return dir < 0;
}

static unsigned count(const struct ring *r, char *last, size_t size)
{
	struct ring_line l;
	unsigned n = 0;

	for (uint64_t at = ring_first(r); ring_next(r, &at, &l); n++)
		snprintf(last, size, "%.*s", (int)l.len, l.text);
	return n;
}

static void test_wraps(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	struct rt_error e;
	char text[64], last[64];

	assert_int_equal(ring_open(&r, dir, "a", &e), 0);
	for (int i = 0; i < 100000; i++) {
		int n = snprintf(text, sizeof(text), "line %d", i);
		ring_add(&r, (uint64_t)i, text, (size_t)n);
	}
	unsigned n = count(&r, last, sizeof(last));
	assert_string_equal(last, "line 99999");
	assert_in_range(n, 2500, 3200);
	ring_close(&r);
	assert_int_equal(ring_open(&r, dir, "a", &e), 0);
	assert_int_equal(count(&r, last, sizeof(last)), n);
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "a", 0), 0);
}

static void test_bad_file(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	struct rt_error e;
	char last[64];

	assert_int_equal(ring_open(&r, dir, "b", &e), 0);
	ring_add(&r, 1, "hello", 5);
	ring_close(&r);
	AUTO_FD fd = openat(dir, "b", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 64), 4);
	assert_int_equal(ring_open(&r, dir, "b", &e), 0);
	assert_int_equal(count(&r, last, sizeof(last)), 0);
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "b", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_bad_file),
	};

	return cmocka_run_group_tests(tests, scratch, NULL);
}
