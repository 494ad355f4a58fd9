/* Serves one page to whoever asks: site FILE. One request at a time, each with a deadline. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef PORT
#define PORT 8080
#endif

enum { REQUEST_MAX = 4096, DEADLINE = 5 };

static _Noreturn void stop(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(unsigned short port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int on = 1, off = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
		bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 64) < 0)
		stop("cannot listen");
	return fd;
}

/* Until the empty line; what is asked for does not matter, there is one page. */
static int request_read(int fd)
{
	char buf[REQUEST_MAX + 1];
	size_t len = 0;
	while (len < REQUEST_MAX) {
		ssize_t n = recv(fd, buf + len, REQUEST_MAX - len, 0);
		if (n <= 0)
			return -1;
		len += (size_t)n;
		buf[len] = '\0';
		if (strstr(buf, "\r\n\r\n"))
			return strncmp(buf, "GET ", 4) == 0 ? 200 : 405;
	}
	return 431;
}

static void answer(int fd, const char *page)
{
	struct stat st = { 0 };
	int status = request_read(fd);
	int file = status == 200 ? open(page, O_RDONLY | O_CLOEXEC) : -1;
	if (status < 0)
		return;
	if (status == 200 && (file < 0 || fstat(file, &st) < 0))
		status = 404;
	dprintf(fd, "HTTP/1.0 %d .\r\nContent-Type: text/html\r\nContent-Length: %lld\r\n\r\n",
		status, (long long)st.st_size);
	for (off_t at = 0; file >= 0 && at < st.st_size;)
		if (sendfile(fd, file, &at, (size_t)(st.st_size - at)) <= 0)
			break;
	if (file >= 0)
		close(file);
}

int main(int argc, char **argv)
{
	const struct timeval deadline = { .tv_sec = DEADLINE };
	if (argc != 2) {
		fprintf(stderr, "usage: site FILE\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = listen_on(PORT);
	printf("site: serving %s on port %d\n", argv[1], PORT);
	fflush(stdout);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED && errno != EMFILE)
			stop("cannot accept");
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
		answer(fd, argv[1]);
		close(fd);
	}
}
