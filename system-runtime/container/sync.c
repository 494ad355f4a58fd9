#include "system-runtime/container/job.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

int sync_pair(int *parent, int *child, struct rt_error *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return rt_fail(e, errno, "cannot make a socket pair");
	*parent = fds[0];
	*child = fds[1];
	return 0;
}

int sync_send(int fd, enum sync_kind kind, pid_t pid, const struct rt_error *e)
{
	struct sync_msg m = { .kind = kind, .pid = pid };
	ssize_t n;

	if (e != NULL)
		m.error = *e;
	do {
		n = send(fd, &m, sizeof(m), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(m) ? 0 : -1;
}

int sync_recv(int fd, struct sync_msg *m, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (timeout_ms >= 0) {
		do {
			n = poll(&p, 1, timeout_ms);
		} while (n < 0 && errno == EINTR);
		if (n == 0)
			errno = ETIMEDOUT;
		if (n <= 0)
			return -1;
	}
	do {
		n = recv(fd, m, sizeof(*m), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -1;
	if (n != 0 && n != (ssize_t)sizeof(*m)) {
		errno = EBADMSG;
		return -1;
	}
	return n > 0;
}
