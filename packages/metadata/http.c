#include "packages/metadata/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum { HEAD_MAX = 16 << 10, REQUEST_MAX = 2048 };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd p = { .fd = fd, .events = events };
		if (left <= 0)
			return false;
		int n = poll(&p, 1, (int)left);
		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

/* "A.B.C.D:PORT" */
static bool parse_address(const char *text, struct sockaddr_in *out)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	char *end;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || end == colon + 1 || port == 0 || port > UINT16_MAX)
		return false;
	*out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

/* The highest that is free. */
static int bind_low_port(int fd)
{
	enum { FIRST = 1023, LAST = 512 };

	for (uint16_t port = FIRST; port >= LAST; port--) {
		struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(port) };
		if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0)
			return 0;
		if (errno != EADDRINUSE)
			break;
	}
	return fail("no port below 1024 to ask from: %s", strerror(errno));
}

static int connect_to(const char *address, bool low_port, int64_t deadline)
{
	struct sockaddr_in to;
	int error = 0;
	socklen_t len = sizeof(error);

	if (!parse_address(address, &to))
		return fail("%s: not an address and a port", address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (low_port && bind_low_port(fd) < 0) {
		close(fd);
		return -1;
	}
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		(errno != EINPROGRESS || !wait_for(fd, POLLOUT, deadline) ||
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int send_all(int fd, const char *text, size_t len, int64_t deadline)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!wait_for(fd, POLLOUT, deadline))
				return -1;
			continue;
		}
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Until the other side closes; -1: too much, or too slow. */
static ssize_t receive_all(int fd, char *to, size_t max, int64_t deadline)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(fd, to + len, max - len, 0);
		if (n == 0)
			return (ssize_t)len;
		if (n > 0) {
			len += (size_t)n;
			if (len == max)
				return fail("an answer is larger than %d bytes", TEXT_MAX);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (!wait_for(fd, POLLIN, deadline))
			return fail("an answer takes longer than %d s", REQUEST_SECONDS);
	}
}

/* The value of a header line, or NULL; the head ends with NUL and has \r\n between lines. */
static const char *header(const char *head, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) == 0 && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " \t");
	}
	return NULL;
}

/* RFC 9112, 7.1: in place; the length of what came out, or -1. */
static ssize_t unchunk(char *body, size_t len)
{
	size_t from = 0, to = 0;

	for (;;) {
		size_t size = 0, digits = 0;
		for (; from < len && digits < 8; from++, digits++) {
			const char *hex = "0123456789abcdef";
			char c = (char)(body[from] | 0x20);
			const char *at = c != '\0' ? strchr(hex, c) : NULL;
			if (at == NULL)
				break;
			size = size * 16 + (size_t)(at - hex);
		}
		if (digits == 0)
			return -1;
		while (from < len && body[from] != '\n')
			from++; /* extensions */
		if (from++ >= len)
			return -1;
		if (size == 0)
			return (ssize_t)to;
		if (size > len - from)
			return -1;
		memmove(body + to, body + from, size);
		to += size;
		from += size;
		if (len - from < 2 || body[from] != '\r' || body[from + 1] != '\n')
			return -1;
		from += 2;
	}
}

int http_parse(char *answer, size_t len, struct text *body)
{
	size_t most = len < HEAD_MAX ? len : HEAD_MAX;
	char *end = memmem(answer, most, "\r\n\r\n", 4);

	*body = (struct text){ NULL, 0 };
	if (end == NULL || memchr(answer, '\0', (size_t)(end - answer)) != NULL)
		return -1;
	end[2] = '\0'; /* the last line keeps its end */
	if (strncmp(answer, "HTTP/1.", 7) != 0 || answer[8] != ' ')
		return -1;
	const char *digits = answer + 9;
	if (strspn(digits, "0123456789") != 3)
		return -1;
	int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
	char *start = end + 4;
	size_t have = len - (size_t)(start - answer);
	const char *coding = header(answer, "transfer-encoding");
	const char *length = header(answer, "content-length");
	if (coding != NULL) {
		ssize_t n = strncasecmp(coding, "chunked\r", 8) == 0 ? unchunk(start, have) : -1;
		if (n < 0)
			return -1;
		have = (size_t)n;
	} else if (length != NULL) {
		size_t n = strspn(length, "0123456789");
		unsigned long long want = n > 0 && n < 10 ? strtoull(length, NULL, 10) : ULLONG_MAX;
		if (want > have)
			return -1; /* cut off */
		have = (size_t)want;
	}
	*body = (struct text){ start, have };
	return status;
}

int http_ask(const struct http_request *r, struct text *body)
{
	static char buffer[HEAD_MAX + TEXT_MAX + 1];
	char request[REQUEST_MAX];
	int64_t deadline = now_ms() + REQUEST_SECONDS * 1000;

	*body = (struct text){ NULL, 0 };
	int n = snprintf(request, sizeof(request),
		"%s %s HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\nAccept: */*\r\n%s%s%s\r\n",
		r->method, r->path, (int)strcspn(r->address, ":"), r->address,
		strcmp(r->method, "PUT") == 0 ? "Content-Length: 0\r\n" : "",
		r->header ? r->header : "", r->header ? "\r\n" : "");
	if (n < 0 || (size_t)n >= sizeof(request))
		return -1;
	int fd = connect_to(r->address, r->low_port, deadline);
	if (fd < 0)
		return -1;
	ssize_t got = send_all(fd, request, (size_t)n, deadline) == 0
			      ? receive_all(fd, buffer, sizeof(buffer), deadline)
			      : -1;
	close(fd);
	return got < 0 ? -1 : http_parse(buffer, (size_t)got, body);
}

int http_ask_patiently(const struct http_request *r, int tries, struct text *body)
{
	struct timespec pause = { .tv_sec = 1 };

	for (;; tries--) {
		int status = http_ask(r, body);
		if (status > 0 || tries <= 1)
			return status;
		nanosleep(&pause, NULL);
	}
}
