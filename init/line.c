#include "init/line.h"

#include "init/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int own = -1;

int line_open(void)
{
	int pair[2];

	if (own >= 0)
		close(own);
	own = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return fail_errno(errno, "making the supervisor's line");
	own = pair[0];
	return pair[1];
}

int line_fd(void)
{
	return own;
}

unsigned line_receive(void)
{
	char bytes[32];
	unsigned said = 0;
	ssize_t n;

	while ((n = read(own, bytes, sizeof(bytes))) > 0)
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
