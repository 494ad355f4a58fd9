/* PID 1's end of its line to the supervisor: what is said, and the sockets that it keeps. */
#include "init/line.h"
#include "init/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned warnings;

void log_line(enum log_level level, const char *format, ...)
{
	(void)format;
	warnings += level == LOG_WARNING;
}

int fail_errno(int sys, const char *format, ...)
{
	(void)sys;
	(void)format;
	return -1;
}

static int count_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* bytes, with n copies of a descriptor. */
static void say(int line, const char *bytes, int fd, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} c;
	struct iovec part = { (void *)(uintptr_t)bytes, strlen(bytes) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	memset(&c, 0, sizeof(c));
	if (n > 0) {
		m.msg_control = &c;
		m.msg_controllen = CMSG_LEN(n * sizeof(int));
		c.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(n * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
		for (size_t i = 0; i < n; i++)
			memcpy(CMSG_DATA(&c.head) + i * sizeof(int), &fd, sizeof(fd));
	}
	assert_int_equal(sendmsg(line, &m, 0), (ssize_t)strlen(bytes));
}

/* The number under which the file of fd is open too, from `from` on; -1: there is none. */
static int other_number(int fd, int from)
{
	struct stat want, st;

	assert_int_equal(fstat(fd, &want), 0);
	for (int i = from; i < 4096; i++)
		if (i != fd && fstat(i, &st) == 0 && st.st_ino == want.st_ino &&
			st.st_dev == want.st_dev)
			return i;
	return -1;
}

static void bytes_are_bits(void **state)
{
	int line = line_open();

	(void)state;
	assert_true(line >= 0 && line_fd() >= 0);
	assert_int_equal(line_receive(), 0);
	say(line, ".", -1, 0);
	assert_int_equal(line_receive(), LINE_ALIVE);
	say(line, "d?s", -1, 0);
	assert_int_equal(line_receive(), LINE_DRIVERS | LINE_STARTED);
	line_say_settled();
	char c = 0;
	assert_int_equal(read(line, &c, 1), 1);
	assert_int_equal(c, 'D');
	close(line);
	assert_int_equal(line_receive(), 0);
	assert_int_equal(line_fd(), -1); /* it has ended */
	line_say_settled();		 /* to nobody */
}

struct ended {
	pid_t pid;
	int status;
};

static bool hears_end(int line, struct ended *e)
{
	char kind = 0;

	return read(line, &kind, 1) == 1 && kind == 'E' &&
	       read(line, e, sizeof(*e)) == (ssize_t)sizeof(*e);
}

/* How processes ended is said at once, and the newest again to the next supervisor; of two with one
 * number the newer. */
static void ends_are_said_and_said_again(void **state)
{
	struct ended e = { 0, 0 };
	int line = line_open();

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as PID 1 does */
	line_say_ended(70, 7 << 8);
	assert_true(hears_end(line, &e));
	assert_int_equal(e.pid, 70);
	assert_int_equal(WEXITSTATUS(e.status), 7);
	close(line);
	line_say_ended(70, 9);
	for (pid_t pid = 100; pid < 100 + ENDED_MAX - 1; pid++)
		line_say_ended(pid, 0);
	line = line_open();
	assert_true(hears_end(line, &e));
	assert_int_equal(e.pid, 70);
	assert_int_equal(e.status, 9);
	for (pid_t pid = 100; pid < 100 + ENDED_MAX - 1; pid++) {
		assert_true(hears_end(line, &e));
		assert_int_equal(e.pid, pid);
	}
	char kind;
	assert_int_equal(read(line, &kind, 1), -1); /* that was all */
	close(line);
	for (pid_t pid = 0; pid < ENDED_MAX; pid++)
		line_say_ended(1000 + pid, 0);
	line = line_open();
	assert_true(hears_end(line, &e));
	assert_int_equal(e.pid, 1000); /* 70 has gone */
	close(line);
	assert_int_equal(line_receive(), 0);
}

/* A socket stays, its supervisor ends, and the next one gets it: with what was sent meanwhile. */
static void a_socket_is_kept_for_the_next(void **state)
{
	int pair[2], line = line_open(), status;

	(void)state;
	assert_true(line >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	say(line, ".", -1, 0);
	say(line, "k", pair[0], 1);
	say(line, "s", -1, 0);
	assert_int_equal(line_receive(), LINE_ALIVE | LINE_STARTED);
	close(line);
	assert_int_equal(line_receive(), 0);
	int kept = other_number(pair[0], 4);
	assert_true(kept >= 4);
	assert_int_equal(fcntl(kept, F_GETFD), FD_CLOEXEC); /* other children do not get it */
	close(pair[0]);
	assert_int_equal(write(pair[1], "READY=1", 7), 7);

	line = line_open();
	pid_t pid = fork();
	if (pid == 0) {
		char text[16] = "";
		line_pass_kept();
		_exit(fcntl(kept, F_GETFD) == 0 && read(kept, text, sizeof(text)) == 7 &&
					strcmp(text, "READY=1") == 0
				? 0
				: 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fcntl(kept, F_GETFD), FD_CLOEXEC);
	close(line);
	close(pair[1]);
}

/* Two at once are not of the protocol: one is kept at most, and no number is lost. */
static void only_one_at_a_time(void **state)
{
	int line = line_open(), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int before = count_open();

	(void)state;
	say(line, "k", null, 3);
	(void)line_receive();
	assert_true(count_open() <= before + 1);
	close(null);
	close(line);
}

static void no_more_than_there_is_room_for(void **state)
{
	struct rlimit many = { 4096, 4096 };
	int line = line_open(), null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	if (setrlimit(RLIMIT_NOFILE, &many) != 0)
		many.rlim_cur = 256; /* not ours to raise: until the process has no number left */
	int before = count_open();
	warnings = 0;
	for (unsigned i = 0; i < KEPT_MAX + 8u; i++) {
		say(line, "k", null, 1);
		(void)line_receive();
	}
	assert_true(warnings >= 8);
	assert_true(count_open() - before <= KEPT_MAX);
	say(line, ".", -1, 0);
	assert_int_equal(line_receive(), LINE_ALIVE); /* and it hears on */
	close(null);
	close(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_bits),
		cmocka_unit_test(a_socket_is_kept_for_the_next),
		cmocka_unit_test(only_one_at_a_time),
		cmocka_unit_test(no_more_than_there_is_room_for),
		cmocka_unit_test(ends_are_said_and_said_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
