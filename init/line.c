#include "init/line.h"

#include "init/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Numbers below are the standard ones and the line's. */
enum { KEPT_FIRST = 4 };

static int own = -1;
static int kept[KEPT_MAX];
static unsigned n_kept;
/* The newest ends, [n_ended % ENDED_MAX] being the oldest of them. */
static struct ended {
	char kind;
	unsigned char pid[sizeof(pid_t)], status[sizeof(int)];
} ended[ENDED_MAX];
static unsigned n_ended;

static void say_ended(const struct ended *e)
{
	if (own >= 0 && e->kind)
		(void)!write(own, e, sizeof(*e)); /* who reads no more is about to end */
}

void line_say_ended(pid_t pid, int status)
{
	struct ended *e = &ended[n_ended++ % ENDED_MAX];

	/* Who had this number before is nobody's concern any more. */
	for (unsigned i = 0; i < ENDED_MAX; i++)
		if (memcmp(ended[i].pid, &pid, sizeof(pid)) == 0)
			ended[i].kind = 0;
	e->kind = 'E';
	memcpy(e->pid, &pid, sizeof(pid));
	memcpy(e->status, &status, sizeof(status));
	say_ended(e);
}

int line_open(void)
{
	int pair[2];

	if (own >= 0)
		close(own);
	own = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return fail_errno(errno, "making the supervisor's line");
	own = pair[0];
	for (unsigned i = 0; i < ENDED_MAX; i++)
		say_ended(&ended[(n_ended + i) % ENDED_MAX]);
	return pair[1];
}

int line_fd(void)
{
	return own;
}

static void keep(int fd)
{
	int place = n_kept < KEPT_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FIRST) : -1;

	close(fd);
	if (place >= 0)
		kept[n_kept++] = place;
	else
		log_line(LOG_WARNING, "a descriptor of the supervisor is not kept");
}

static ssize_t receive(char *bytes, size_t size)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { .head = { 0 } };
	struct iovec part = { bytes, size };
	/* Without the room that aligns it, which would take a second descriptor. */
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t n = recvmsg(own, &m, MSG_CMSG_CLOEXEC);
	int fd;

	/* The kernel ends a read where a descriptor comes: there is one at most. */
	if (n > 0 && c.head.cmsg_type == SCM_RIGHTS && c.head.cmsg_len == CMSG_LEN(sizeof(fd))) {
		memcpy(&fd, CMSG_DATA(&c.head), sizeof(fd));
		keep(fd);
	}
	return n;
}

void line_pass_kept(void)
{
	for (unsigned i = 0; i < n_kept; i++)
		(void)fcntl(kept[i], F_SETFD, 0);
}

unsigned line_receive(void)
{
	char bytes[32];
	unsigned said = 0;
	ssize_t n;

	while ((n = receive(bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++)
			said |= bytes[i] == '.'	  ? LINE_ALIVE
				: bytes[i] == 'd' ? LINE_DRIVERS
				: bytes[i] == 's' ? LINE_STARTED
						  : 0;
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(own); /* it has ended; its end is seen as a child's */
		own = -1;
	}
	return said;
}

void line_say_settled(void)
{
	if (own >= 0)
		(void)!write(own, "D", 1); /* who reads no more is about to end */
}
