#include "init/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

enum { QUEUE_BYTES = 1 << 20 };

int uevent_open(void)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(
		AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	int bytes = QUEUE_BYTES;

	if (fd < 0)
		return -1;
	/* Memory is taken only for what waits; a small queue loses events while we mount. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (bind(fd, (struct sockaddr *)&all, sizeof(all)) < 0) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

enum uevent_result uevent_receive(int fd, char buffer[UEVENT_MAX], struct span *out)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(
			fd, buffer, UEVENT_MAX, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOBUFS ? UEVENT_LOST : UEVENT_NONE;
		if (from.nl_pid != 0 || n == 0)
			continue;
		*out = (struct span){ buffer, (size_t)n };
		return UEVENT_GOT;
	}
}

bool uevent_get(struct span message, const char *key, struct span *value)
{
	size_t n = strlen(key);
	struct span word;

	while (span_cut(&message, 0, &word)) {
		if (word.len <= n || memcmp(word.at, key, n) != 0 || word.at[n] != '=')
			continue;
		*value = span_skip(word, n + 1);
		return true;
	}
	return false;
}
