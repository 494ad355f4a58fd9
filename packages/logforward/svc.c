#include "svc.h"

#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A line has 2048 bytes at most, each of which may be six (\u00XX). */
enum { LINE_SIZE = 32 << 10 };

static struct {
	int fd;
	bool is_open;
	char bytes[LINE_SIZE];
	size_t begin, end; /* of what is read and not given */
} svc;

static void hang_up(void)
{
	if (svc.is_open)
		close(svc.fd);
	svc.is_open = false;
}

void svc_open(void)
{
	const char *path = getenv("SVC_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	bool told = false;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path != NULL ? path : "/run/svc/svc.sock");
	while (!svc.is_open) {
		svc.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		svc.begin = svc.end = 0;
		svc.is_open = svc.fd >= 0;
		if (svc.is_open && connect(svc.fd, (struct sockaddr *)&to, sizeof(to)) == 0)
			return;
		if (!told)
			printf("no supervisor at %s: %s; waiting\n", to.sun_path, strerror(errno));
		told = true;
		hang_up();
		sleep(1);
	}
}

bool svc_ask(const char *request)
{
	size_t len = strlen(request);

	while (svc.is_open && len > 0) {
		ssize_t n = send(svc.fd, request, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			hang_up();
		if (n > 0) {
			request += n;
			len -= (size_t)n;
		}
	}
	return svc.is_open;
}

static bool read_more(void)
{
	memmove(svc.bytes, svc.bytes + svc.begin, svc.end - svc.begin);
	svc.end -= svc.begin;
	svc.begin = 0;
	if (svc.end == sizeof(svc.bytes)) {
		printf("the supervisor has sent a line that is too long\n");
		return false;
	}
	ssize_t n;
	do
		n = recv(svc.fd, svc.bytes + svc.end, sizeof(svc.bytes) - svc.end, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	svc.end += (size_t)n;
	return true;
}

const char *svc_line(void)
{
	char *at = svc.bytes + svc.begin, *end;

	if (!svc.is_open)
		return NULL;
	while ((end = memchr(at, '\n', svc.end - svc.begin)) == NULL) {
		if (!read_more()) {
			hang_up();
			return NULL;
		}
		at = svc.bytes + svc.begin;
	}
	*end = '\0';
	svc.begin = (size_t)(end + 1 - svc.bytes);
	/* The last line of an answer: done, or why not. */
	return json_value(at, "ok") != NULL || json_value(at, "error") != NULL ? NULL : at;
}
