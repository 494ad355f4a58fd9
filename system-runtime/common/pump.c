#include "system-runtime/common/pump.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>

enum { FDS_MAX = 4 };

union control {
	char buf[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	struct cmsghdr align;
};

ssize_t fds_receive(int socket, void *buf, size_t size, int *fds, size_t n)
{
	char dummy[64];
	union control u;
	struct iovec iov = { .iov_base = buf ? buf : dummy, .iov_len = buf ? size : sizeof(dummy) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = u.buf,
		.msg_controllen = sizeof(u.buf) };
	ssize_t got;

	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	do {
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); got >= 0 && c != NULL;
		c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (i < n && fds[i] < 0)
				fds[i] = fd;
			else
				close(fd);
		}
	}
	return got;
}

ssize_t fds_send(int socket, const void *buf, size_t size, const int *fds, size_t n)
{
	union control u = { { 0 } };
	union {
		const void *in;
		void *out;
	} data = { buf };
	struct iovec iov = { .iov_base = data.out, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = u.buf,
		.msg_controllen = CMSG_SPACE(sizeof(int) * n) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	if (n > FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	return sendmsg(socket, &msg, MSG_NOSIGNAL);
}

static void copy_window_size(int from, int to)
{
	struct winsize w;

	if (ioctl(from, TIOCGWINSZ, &w) == 0)
		(void)ioctl(to, TIOCSWINSZ, &w); /* cosmetic */
}

/* 1: bytes were moved, 0: the end. */
static int copy_some(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	return n > 0 && write_all(to, buf, (size_t)n) == 0;
}

static void take_signal(int sigfd, const struct pump *p)
{
	struct signalfd_siginfo s;

	if (read(sigfd, &s, sizeof(s)) != (ssize_t)sizeof(s))
		return;
	if (s.ssi_signo == SIGWINCH && p->master >= 0)
		copy_window_size(p->in, p->master);
	else if (s.ssi_signo != SIGWINCH && p->pidfd >= 0)
		(void)sys_pidfd_signal(p->pidfd, (int)s.ssi_signo); /* gone: the loop ends anyhow */
}

static void loop(const struct pump *p, int sigfd)
{
	struct pollfd f[5] = {
		{ .fd = p->pidfd, .events = POLLIN },
		{ .fd = p->done > 0 ? p->done : -1, .events = POLLIN },
		{ .fd = sigfd, .events = POLLIN },
		{ .fd = p->master, .events = POLLIN },
		{ .fd = p->master >= 0 ? p->in : -1, .events = POLLIN },
	};

	for (;;) {
		if (poll(f, 5, -1) < 0 && errno != EINTR)
			return;
		if (f[2].revents)
			take_signal(sigfd, p);
		if (f[3].revents && !copy_some(p->master, p->out))
			f[3].fd = -1;
		if (f[4].revents && !copy_some(p->in, p->master))
			f[4].fd = -1;
		/* What the process wrote last is still read out before the end. */
		if ((f[0].revents || f[1].revents) && !(f[3].fd >= 0 && (f[3].revents & POLLIN)))
			return;
		if (p->pidfd < 0 && p->done <= 0 && f[3].fd < 0)
			return;
	}
}

int pump_run(const struct pump *p)
{
	sigset_t set, old;
	struct termios saved;
	bool raw = p->master >= 0 && tcgetattr(p->in, &saved) == 0;

	sigemptyset(&set);
	for (const int *s = (const int[]){ SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
		     SIGWINCH, SIGCONT, 0 };
		*s != 0; s++)
		sigaddset(&set, *s);
	sigprocmask(SIG_BLOCK, &set, &old);
	AUTO_FD sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (raw) {
		struct termios t = saved;
		cfmakeraw(&t);
		(void)tcsetattr(p->in, TCSADRAIN, &t);
		copy_window_size(p->in, p->master);
	}
	loop(p, sigfd);
	if (raw)
		(void)tcsetattr(p->in, TCSADRAIN, &saved);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return 0;
}
