/* The log ring: bounded, whole lines, numbered, trusts no file. */
#include "base/auto_fd.h"
#include "system-runtime/supervise/ring.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

static int scratch(void **state)
{
	static char path[] = "/tmp/ring-XXXXXX";
	static int dir;

	dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	*state = &dir;
	return dir < 0;
}

static void open_ring(struct ring *r, int dir, const char *name, size_t size)
{
	struct rt_error e;

	assert_int_equal(ring_open(r, dir, name, size, &e), 0);
}

static void add(struct ring *r, uint64_t ms, const char *text)
{
	ring_add(r, (struct ring_time){ ms, 0 }, text, strlen(text));
}

static unsigned count(const struct ring *r, char *last, size_t size)
{
	struct ring_cursor c = ring_begin(r, UINT64_MAX, 0);
	struct ring_line l;
	unsigned n = 0;

	for (; ring_next(r, &c, true, &l); n++) {
		assert_int_equal(l.lost, 0);
		snprintf(last, size, "%.*s", (int)l.len, l.text);
	}
	return n;
}

static void expect(const struct ring *r, struct ring_cursor *c, const char *text, uint64_t lost)
{
	struct ring_line l;

	assert_true(ring_next(r, c, false, &l));
	assert_int_equal(l.len, strlen(text));
	assert_memory_equal(l.text, text, l.len);
	assert_int_equal(l.lost, lost);
}

static int fifo(int dir)
{
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	int fd = openat(dir, "fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlinkat(dir, "fifo", 0), 0);
	return fd;
}

static void feed(struct ring *r, int fd, uint64_t ms, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	while (ring_read(r, fd, (struct ring_time){ ms, 0 }) > 0)
		;
}

static void test_wraps(void **state)
{
	static const size_t sizes[] = { 4096, RING_SIZE, 10000 };
	int dir = *(int *)*state;
	struct ring r = { 0 };
	char text[64], last[64];

	for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
		open_ring(&r, dir, "a", sizes[k]);
		for (int i = 0; i < 30000; i++) {
			snprintf(text, sizeof(text), "line %d", i);
			add(&r, (uint64_t)i, text);
		}
		unsigned n = count(&r, last, sizeof(last));
		assert_string_equal(last, "line 29999");
		assert_in_range(n, sizes[k] / 48 - 6, sizes[k] / 48 + 1);
		ring_close(&r);
		open_ring(&r, dir, "a", 0);
		assert_int_equal(ring_size(&r), sizes[k] & ~(size_t)7);
		assert_int_equal(count(&r, last, sizeof(last)), n);
		ring_close(&r);
		assert_int_equal(unlinkat(dir, "a", 0), 0);
	}
}

static void test_lines(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	struct ring_line l;
	AUTO_FD fd = fifo(dir);
	char text[RING_LINE * 2 + 2];

	open_ring(&r, dir, "l", 0);
	struct ring_cursor c = ring_begin(&r, UINT64_MAX, 0), part;
	feed(&r, fd, 5, "one\r\n\ntw");
	expect(&r, &c, "one", 0);
	expect(&r, &c, "", 0);
	assert_false(ring_next(&r, &c, false, &l));
	part = c;
	assert_true(ring_next(&r, &part, true, &l));
	assert_int_equal(l.len, 2);
	feed(&r, fd, 9, "o\nthree\n");
	expect(&r, &c, "two", 0);
	expect(&r, &c, "three", 0);
	assert_false(ring_next(&r, &c, true, &l));
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	feed(&r, fd, 9, text);
	for (int i = 0; i < 2; i++) {
		assert_true(ring_next(&r, &c, false, &l));
		assert_int_equal(l.len, RING_LINE);
		assert_int_equal(l.seq, 4);
	}
	feed(&r, fd, 10, "end");
	ring_end_line(&r, (struct ring_time){ 11, 0 });
	expect(&r, &c, "end", 0);
	c = ring_begin(&r, 2, 0);
	assert_true(ring_next(&r, &c, false, &l));
	assert_int_equal(l.seq, 4);
	c = ring_begin(&r, UINT64_MAX, 10);
	expect(&r, &c, "end", 0);
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "l", 0), 0);
}

static void test_rate(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	AUTO_FD fd = fifo(dir);

	open_ring(&r, dir, "r", 0);
	ring_limit(&r, 2);
	struct ring_cursor c = ring_begin(&r, UINT64_MAX, 0);
	feed(&r, fd, 1000, "1\n2\n3\n4\n5");
	feed(&r, fd, 1900, "5\n6\n7");
	feed(&r, fd, 2100, "7\n8\n9\n10");
	feed(&r, fd, 3200, "10\n11\n");
	expect(&r, &c, "1", 0);
	expect(&r, &c, "2", 0);
	expect(&r, &c, "8", 5);
	expect(&r, &c, "9", 0);
	expect(&r, &c, "11", 1);
	assert_int_equal(ring_dropped(&r), 6);
	ring_close(&r);
	open_ring(&r, dir, "r", 0);
	feed(&r, fd, 9000, "12\n13\n14\n");
	expect(&r, &c, "12", 0);
	expect(&r, &c, "13", 0);
	assert_int_equal(ring_lines(&r) - c.seq, 1);
	/* A reader that is overtaken is told how many lines it has not seen. */
	ring_limit(&r, 0);
	for (int i = 0; i < 5000; i++)
		feed(&r, fd, 9001, "abcdefghijklmnopqrstuvwxyz\n");
	struct ring_line l;
	assert_true(ring_next(&r, &c, false, &l));
	assert_int_equal(l.lost, l.seq - 13);
	assert_in_range(l.lost, 3500, 4500);
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "r", 0), 0);
}

/* At most n lines, and no fewer than there are, wherever records begin and end. */
static void test_tail(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	struct ring_line l;
	AUTO_FD fd = fifo(dir);
	char text[600], one[40];

	open_ring(&r, dir, "t", 4096);
	for (unsigned i = 0, seed = 7; i < 3000; seed = seed * 1103515245 + 12345) {
		size_t len = 0;
		for (unsigned k = (seed >> 16) % 9; k > 0; k--)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%u%s", i++,
				k == 1 && (seed >> 8) % 2 ? "" : "\n");
		text[len] = '\0';
		if (len > 0 && text[len - 1] != '\n')
			i--; /* the same number again makes it whole: "1717" */
		if (len > 0)
			feed(&r, fd, 1, text);
	}
	ring_end_line(&r, (struct ring_time){ 2, 0 });
	uint64_t total = ring_lines(&r);
	for (uint64_t n = 0; n < 60; n++) {
		struct ring_cursor c = ring_begin(&r, n, 0);
		uint64_t k = 0;
		while (ring_next(&r, &c, false, &l)) {
			snprintf(one, sizeof(one), "%.*s", (int)l.len, l.text);
			assert_int_equal(l.lost, 0);
			assert_int_equal(l.seq, total - n + k);
			k++;
		}
		assert_int_equal(k, n);
	}
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "t", 0), 0);
}

static void test_bad_file(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	char last[64];

	open_ring(&r, dir, "b", 0);
	add(&r, 1, "hello");
	ring_close(&r);
	AUTO_FD fd = openat(dir, "b", O_RDWR | O_CLOEXEC);
	for (off_t at = 0; at < 320; at++) {
		unsigned char old, bad;
		assert_int_equal(pread(fd, &old, 1, at), 1);
		bad = (unsigned char)(old ^ 0xff);
		assert_int_equal(pwrite(fd, &bad, 1, at), 1);
		open_ring(&r, dir, "b", RING_SIZE);
		struct ring_cursor c = ring_begin(&r, UINT64_MAX, 0);
		for (struct ring_line l; ring_next(&r, &c, true, &l);)
			;
		add(&r, 1, "again");
		c = ring_begin(&r, 1, 0);
		expect(&r, &c, "again", 0);
		ring_close(&r);
	}
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 256), 4);
	open_ring(&r, dir, "b", 0);
	assert_int_equal(count(&r, last, sizeof(last)), 0);
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "b", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_bad_file),
	};

	return cmocka_run_group_tests(tests, scratch, NULL);
}
