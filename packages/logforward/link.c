#include "link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SEND_SECONDS = 30, WAIT_MAX = 30 };

static bool take(char *to, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static bool parse_place(struct link *l, const char *at)
{
	bool is_bracket = *at == '[';
	size_t len = is_bracket ? strcspn(++at, "]") : strcspn(at, ":/");

	if (!take(l->host, sizeof(l->host), at, len))
		return false;
	at += len;
	if (is_bracket && *at++ != ']')
		return false;
	snprintf(l->port, sizeof(l->port), "%s", l->gelf ? "12201" : "514");
	if (*at == ':') {
		len = strspn(at + 1, "0123456789");
		if (!take(l->port, sizeof(l->port), at + 1, len))
			return false;
		at += 1 + len;
	}
	return *at == '\0' || strcmp(at, "/") == 0;
}

bool link_parse(struct link *l, const char *url)
{
	static const char *const schemes[] = { "syslog+udp://", "syslog+tcp://", "gelf+udp://",
		"gelf+tcp://" };

	for (unsigned i = 0; i < 4; i++) {
		size_t len = strlen(schemes[i]);
		if (strncmp(url, schemes[i], len) != 0)
			continue;
		*l = (struct link){ .gelf = i >= 2, .tcp = i % 2 == 1, .fd = -1 };
		if (parse_place(l, url + len))
			return true;
		break;
	}
	fprintf(stderr,
		"\"%s\" is no destination: write syslog+udp://HOST:PORT, syslog+tcp://…, gelf+udp://… or gelf+tcp://…\n",
		url);
	return false;
}

static int fail(int fd)
{
	int e = errno;

	close(fd);
	errno = e;
	return -1;
}

static int try_address(const struct link *l, const struct addrinfo *to)
{
	struct timeval limit = { .tv_sec = SEND_SECONDS };
	unsigned ms = SEND_SECONDS * 1000;
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* A peer that takes nothing any more is gone; the first bounds connect(2) too. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
		(l->tcp && setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms)) < 0) ||
		connect(fd, to->ai_addr, to->ai_addrlen) < 0)
		return fail(fd);
	return fd;
}

/* Why not; NULL: there is a connection. */
static const char *dial(struct link *l)
{
	struct addrinfo hints = { .ai_socktype = l->tcp ? SOCK_STREAM : SOCK_DGRAM }, *found;
	int e = getaddrinfo(l->host, l->port, &hints, &found);

	if (e != 0)
		return gai_strerror(e);
	for (struct addrinfo *a = found; a != NULL && l->fd < 0; a = a->ai_next)
		l->fd = try_address(l, a);
	e = errno;
	freeaddrinfo(found);
	return l->fd < 0 ? strerror(e) : NULL;
}

/* A peer that has hung up is known before something is sent into the void. */
static bool is_gone(const struct link *l)
{
	char byte;

	return l->tcp && recv(l->fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* As one datagram, or framed: a length before each message of syslog (RFC 6587, 3.4.1), a NUL
 * behind each of GELF. */
static bool deliver(const struct link *l, const char *message, size_t len)
{
	char count[24] = "";
	struct iovec parts[3] = { { count, 0 }, { (void *)(uintptr_t)message, len },
		{ count + sizeof(count) - 1, l->tcp && l->gelf } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 3 };

	if (l->tcp && !l->gelf)
		parts[0].iov_len = (size_t)snprintf(count, sizeof(count), "%zu ", len);
	size_t left = parts[0].iov_len + len + parts[2].iov_len;
	while (left > 0) {
		ssize_t n = sendmsg(l->fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return !l->tcp && errno == EMSGSIZE; /* will not get smaller */
		left -= (size_t)n;
		for (unsigned i = 0; i < 3 && n > 0; i++) {
			size_t part = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
			parts[i].iov_base = (char *)parts[i].iov_base + part;
			parts[i].iov_len -= part;
			n -= (ssize_t)part;
		}
	}
	return true;
}

void link_send(struct link *l, const char *message, size_t len)
{
	unsigned wait = 1;

	for (bool told = false;; told = true) {
		const char *why = l->fd < 0 ? dial(l) : NULL;
		errno = 0;
		if (why == NULL && !is_gone(l) && deliver(l, message, len)) {
			if (told)
				printf("%s port %s: there again\n", l->host, l->port);
			return;
		}
		if (why == NULL)
			why = errno != 0 ? strerror(errno) : "has hung up";
		if (l->fd >= 0)
			close(l->fd);
		l->fd = -1;
		if (!told)
			printf("%s port %s: %s; the supervisor keeps the newest lines until it is there\n",
				l->host, l->port, why);
		sleep(wait);
		wait = wait * 2 < WAIT_MAX ? wait * 2 : WAIT_MAX;
	}
}
