/* The socket of svc: JSON, one object a line, both ways (docs/svc-protocol.md). */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { OUT_MAX = 1 << 20 }; /* bytes that a client may be behind */

void client_drop(struct supervisor *s, struct client *c)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (s->clients[i] == c)
			s->clients[i] = NULL;
	}
	/* Nobody is left to see what an exec says. It stays our child until its pidfd tells. */
	if (c->process.fd >= 0) {
		(void)sys_pidfd_signal(c->process.fd, SIGHUP);
		(void)sys_pidfd_signal(c->process.fd, SIGKILL);
		(void)waitpid(c->exec_pid, NULL, 0);
	}
	for (int i = 0; i < 3; i++)
		fd_drop(&c->fds[i]);
	watch_drop(s, &c->process);
	watch_drop(s, &c->socket);
	free(c->out);
	free(c);
}

/* false: the client is gone and freed. */
static bool flush(struct supervisor *s, struct client *c)
{
	while (c->out_len > 0) {
		ssize_t n = send(c->socket.fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			client_drop(s, c);
			return false;
		}
		c->out_len -= (size_t)n;
		memmove(c->out, c->out + n, c->out_len);
	}
	if (c->closing) {
		client_drop(s, c);
		return false;
	}
	return true;
}

/* Only queues: the loop sends when the socket takes it, so that no caller loses its client. */
void client_send(struct supervisor *s, struct client *c, const char *data, size_t len)
{
	struct rt_error e;

	if (c->closing)
		return;
	if (c->out_len + len > OUT_MAX) {
		c->closing = true; /* a follower that does not read is let go */
		c->out_len = 0;
	} else if (c->out_len + len > c->out_cap) {
		size_t cap = (c->out_len + len) * 2;
		char *p = realloc(c->out, cap);
		if (p == NULL) {
			c->closing = true;
			return;
		}
		c->out = p;
		c->out_cap = cap;
	}
	if (!c->closing) {
		memcpy(c->out + c->out_len, data, len);
		c->out_len += len;
	}
	(void)!watch_add(s, &c->socket, EPOLLIN | EPOLLOUT, &e); /* it is in the epoll already */
}

static bool take_lines(struct supervisor *s, struct client *c)
{
	char *end;

	while (c->in_len > 0 && (end = memchr(c->in, '\n', c->in_len)) != NULL) {
		size_t len = (size_t)(end - c->in);
		request_handle(s, c, c->in, len);
		c->in_len -= len + 1;
		memmove(c->in, end + 1, c->in_len);
	}
	return c->in_len < sizeof(c->in);
}

static void on_client(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct client *c = w->owner;
	struct rt_error e;
	int fds[3];

	if (events & EPOLLIN) {
		ssize_t n = fds_receive(
			w->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, fds, 3);
		for (int i = 0; i < 3 && n > 0; i++) {
			if (fds[i] >= 0) {
				fd_drop(&c->fds[i]);
				c->fds[i] = fds[i];
			}
		}
		if (n <= 0 && !(n < 0 && errno == EAGAIN)) {
			client_drop(s, c);
			return;
		}
		c->in_len += n > 0 ? (size_t)n : 0;
		if (!take_lines(s, c)) {
			client_drop(s, c); /* a line that is longer than any request */
			return;
		}
	} else if (events & (EPOLLHUP | EPOLLERR)) {
		client_drop(s, c);
		return;
	}
	if (flush(s, c) && c->out_len == 0)
		(void)!watch_add(s, &c->socket, EPOLLIN, &e);
}

static void on_connect(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct rt_error e;
	AUTO_FD fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = 0;

	(void)events;
	while (i < CLIENTS_MAX && s->clients[i] != NULL)
		i++;
	struct client *c = fd < 0 || i == CLIENTS_MAX ? NULL : calloc(1, sizeof(*c));
	if (c == NULL)
		return;
	c->socket = (struct watch){ .fd = fd_take(&fd), .ready = on_client, .owner = c };
	c->process.fd = c->fds[0] = c->fds[1] = c->fds[2] = -1;
	s->clients[i] = c;
	if (watch_add(s, &c->socket, EPOLLIN, &e) != 0)
		client_drop(s, c);
}

int socket_open(struct supervisor *s, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", s->socket_path) >=
		(int)sizeof(a.sun_path))
		return rt_fail(e, ENAMETOOLONG, "--socket %s", s->socket_path);
	/*
	 * Containers bind the folder, which outlives us, and not the socket: this one is a new file
	 * at each start.
	 */
	char *slash = strrchr(a.sun_path, '/');
	if (slash != NULL && slash != a.sun_path) {
		*slash = '\0';
		if (mkdirs(AT_FDCWD, a.sun_path) != 0)
			return rt_fail(e, errno, "cannot make %s", a.sun_path);
		*slash = '/';
	}
	(void)unlink(s->socket_path); /* a former supervisor's */
	mode_t old = umask(0117);
	int r = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof(a));
	umask(old);
	if (r != 0 || listen(fd, 16) != 0)
		return rt_fail(e, errno, "cannot listen on %s", s->socket_path);
	s->listener = (struct watch){ .fd = fd_take(&fd), .ready = on_connect };
	return watch_add(s, &s->listener, EPOLLIN, e);
}

void clients_event(struct supervisor *s, const struct unit *u)
{
	char buf[2048];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	jw_open(&o, NULL, '{');
	jw_int(&o, "ms", (int64_t)now_ms());
	unit_json(&o, "event", u);
	jw_close(&o, '}');
	jw_raw(&o, "\n");
	for (size_t i = 0; i < CLIENTS_MAX && !o.full; i++) {
		if (s->clients[i] != NULL && s->clients[i]->events)
			client_send(s, s->clients[i], o.buf, o.len);
	}
}

void clients_log(
	struct supervisor *s, const struct unit *u, uint64_t ms, const char *line, size_t len)
{
	static char buf[LINE_MAX_LOG * 6 + 256];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (s->clients[i] == NULL || s->clients[i]->follows != u)
			continue;
		if (o.len == 0) {
			jw_open(&o, NULL, '{');
			jw_int(&o, "ms", (int64_t)ms);
			jw_strn(&o, "line", line, len);
			jw_close(&o, '}');
			jw_raw(&o, "\n");
		}
		if (!o.full)
			client_send(s, s->clients[i], o.buf, o.len);
	}
}
