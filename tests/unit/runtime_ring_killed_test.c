/* The log ring survives its process at any instruction. */
#include "base/auto_fd.h"
#include "system-runtime/supervise/ring.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

static int fifo(int dir)
{
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	int fd = openat(dir, "fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlinkat(dir, "fifo", 0), 0);
	return fd;
}

/* A reader that is killed anywhere loses nothing and repeats nothing. */
static void test_killed(void **state)
{
	int dir = *(int *)*state;
	struct ring r = { 0 };
	struct ring_line l;
	AUTO_FD fd = fifo(dir);
	char text[32];
	unsigned written = 0, read_out = 0;

	open_ring(&r, dir, "k", 1 << 20);
	struct ring_cursor c = ring_begin(&r, UINT64_MAX, 0);
	for (int round = 0; round < 300; round++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct ring mine = { 0 };
			struct rt_error e;
			if (ring_open(&mine, dir, "k", 0, &e) != 0)
				_exit(1);
			for (;;)
				(void)ring_read(&mine, fd, (struct ring_time){ 1, 0 });
		}
		/* What has the pipe full makes the reader busy; how far it gets is chance. */
		for (unsigned k = 0; k < 400 + (unsigned)round; k++) {
			int n = snprintf(text, sizeof(text), "%u\n", written);
			if (write(fd, text, (size_t)n) != n)
				break;
			written++;
		}
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		ring_close(&r);
		open_ring(&r, dir, "k", 0);
		for (; ring_next(&r, &c, false, &l); read_out++) {
			snprintf(text, sizeof(text), "%u", read_out);
			assert_int_equal(l.len, strlen(text));
			assert_memory_equal(l.text, text, l.len);
			assert_int_equal(l.lost, 0);
		}
	}
	while (ring_read(&r, fd, (struct ring_time){ 1, 0 }) > 0)
		;
	while (ring_next(&r, &c, false, &l))
		read_out++;
	assert_int_equal(read_out, written);
	assert_true(written > 1000);
	ring_close(&r);
	assert_int_equal(unlinkat(dir, "k", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
	};

	return cmocka_run_group_tests(tests, scratch, NULL);
}
