/*
 * The connections of svc: JSON, one object a line, both ways (docs/svc-protocol.md). A client may
 * be slow, hostile or gone: it costs a bounded amount of memory, and of time at each turn.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/supervise/client.h"

#include <sys/epoll.h>
#include <sys/socket.h>

enum {
	OUT_MAX = 256 * 1024, /* bytes that a client may be behind */
	OUT_LOW = 16 * 1024,  /* below it a long answer goes on */
	TURN = 8,	      /* requests, or parts of an answer, at one turn */
};

static void client_drop(struct supervisor *s, struct client *c)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (s->clients[i] == c)
			s->clients[i] = NULL;
	}
	exec_abandon(c);
	for (int i = 0; i < 3; i++)
		fd_drop(&c->fds[i]);
	watch_drop(s, &c->kmsg);
	watch_drop(s, &c->socket);
	free(c->out);
	free(c);
}

/* false: the client is to be let go. */
static bool flush(struct client *c)
{
	size_t sent = 0;

	while (sent < c->out_len) {
		ssize_t n = send(c->socket.fd, c->out + sent, c->out_len - sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	if (sent > 0) {
		c->out_len -= sent;
		memmove(c->out, c->out + sent, c->out_len);
	}
	return !c->closing;
}

static bool has_line(const struct client *c)
{
	return c->in_len > 0 && memchr(c->in, '\n', c->in_len) != NULL;
}

static void watch_client(struct supervisor *s, struct client *c)
{
	struct rt_error e;
	bool in = !c->eof && c->in_len < sizeof(c->in);
	bool out = c->closing || c->out_len > 0 || (c->more != NULL ? !c->asleep : has_line(c));

	(void)!watch_add(s, &c->socket, (in ? EPOLLIN : 0) | (out ? EPOLLOUT : 0), &e);
}

void client_wake(struct supervisor *s, struct client *c)
{
	c->asleep = false;
	watch_client(s, c);
}

void client_send(struct supervisor *s, struct client *c, const char *data, size_t len)
{
	if (c->closing)
		return;
	if (c->out_len + len > OUT_MAX) {
		c->closing = true; /* one that does not read is let go */
		c->out_len = 0;
	} else if (c->out_len + len > c->out_cap) {
		size_t cap = (c->out_len + len) * 2;
		char *p = realloc(c->out, cap);
		c->closing = p == NULL;
		c->out = p != NULL ? p : c->out;
		c->out_cap = p != NULL ? cap : c->out_cap;
	}
	if (!c->closing) {
		memcpy(c->out + c->out_len, data, len);
		c->out_len += len;
	}
	watch_client(s, c);
}

static void next_request(struct supervisor *s, struct client *c)
{
	const char *end = memchr(c->in, '\n', c->in_len);
	size_t len = (size_t)(end - c->in);

	request_handle(s, c, c->in, len);
	c->in_len -= len + 1;
	memmove(c->in, end + 1, c->in_len);
}

static void go_on(struct supervisor *s, struct client *c)
{
	while (c->out_len < OUT_LOW && !c->closing) {
		enum more m = c->more(s, c);
		if (m == MORE_DONE)
			c->more = NULL;
		c->asleep = m == MORE_WAIT;
		if (m != MORE_GO_ON)
			return;
	}
}

/* One turn; false: it has all that it asked for, or is gone. */
static bool serve(struct supervisor *s, struct client *c)
{
	for (int i = 0; i < TURN; i++) {
		if (!flush(c))
			return false;
		if (c->out_len > 0)
			return true;
		if (c->more != NULL && !c->asleep)
			go_on(s, c);
		else if (c->more == NULL && has_line(c))
			next_request(s, c);
		else
			break;
	}
	if (c->more == NULL && c->in_len == sizeof(c->in) && !has_line(c)) {
		static const char much[] = "{\"error\":\"a request is at most 8191 bytes long\"}\n";
		client_send(s, c, much, sizeof(much) - 1);
		(void)flush(c);
		return false;
	}
	return !c->eof || c->out_len > 0 || c->more != NULL || c->events || c->exec != NULL ||
	       has_line(c);
}

/* false: the connection is broken. */
static bool receive(struct client *c)
{
	int fds[3];
	ssize_t n = fds_receive(c->socket.fd, c->in + c->in_len, sizeof(c->in) - c->in_len, fds, 3);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	for (int i = 0; i < 3 && n > 0; i++) {
		if (fds[i] >= 0) {
			fd_drop(&c->fds[i]);
			c->fds[i] = fds[i];
		}
	}
	c->used_ms = now_ms();
	c->in_len += (size_t)n;
	c->eof = n == 0;
	return true;
}

static void on_client(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct client *c = w->owner;
	bool stays = true;

	if (events & EPOLLIN)
		stays = receive(c);
	else if (events & (EPOLLHUP | EPOLLERR))
		stays = false;
	if (stays && serve(s, c))
		watch_client(s, c);
	else
		client_drop(s, c);
}

/* It waits for nothing, and there is nothing that it has yet to read. */
static bool is_idle(const struct client *c)
{
	return c->more == NULL && !c->events && c->exec == NULL && c->out_len == 0 && !has_line(c);
}

/*
 * A place for a new client. When all are taken, that of the one which has been silent for longest
 * goes; those of the read-only socket have half of the places, so that they cannot keep others out.
 */
static struct client **find_place(struct supervisor *s, bool read_only)
{
	struct client **oldest = NULL, **empty = NULL;
	size_t alike = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = s->clients[i];
		if (c == NULL) {
			empty = &s->clients[i];
			continue;
		}
		if (read_only && !c->read_only)
			continue;
		alike += c->read_only;
		if (is_idle(c) && (oldest == NULL || c->used_ms < (*oldest)->used_ms))
			oldest = &s->clients[i];
	}
	if (empty != NULL && (!read_only || alike < CLIENTS_MAX / 2))
		return empty;
	if (oldest != NULL)
		client_drop(s, *oldest);
	return oldest;
}

void client_accept(struct supervisor *s, struct watch *w, uint32_t events)
{
	static const char many[] = "{\"error\":\"too many clients; one must end first\"}\n";
	struct rt_error e;
	AUTO_FD fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	bool read_only = w == &s->listeners[1];

	(void)events;
	struct client **place = fd < 0 ? NULL : find_place(s, read_only);
	struct client *c = place == NULL ? NULL : calloc(1, sizeof(*c));
	if (c == NULL) {
		if (fd >= 0)
			(void)!send(fd, many, sizeof(many) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		return;
	}
	c->socket = (struct watch){ .fd = fd_take(&fd), .ready = on_client, .owner = c };
	c->kmsg.fd = c->fds[0] = c->fds[1] = c->fds[2] = -1;
	c->read_only = read_only;
	c->used_ms = now_ms();
	*place = c;
	if (watch_add(s, &c->socket, EPOLLIN, &e) != 0)
		client_drop(s, c);
}

void clients_event(struct supervisor *s, const struct unit *u)
{
	char buf[4096];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };
	struct ring_time now = ring_now();

	jw_open(&o, NULL, '{');
	jw_int(&o, "ms", (int64_t)now.ms);
	jw_int(&o, "wall", (int64_t)now.wall_ms);
	unit_json(&o, "event", u);
	jw_close(&o, '}');
	jw_raw(&o, "\n");
	for (size_t i = 0; i < CLIENTS_MAX && !o.full; i++) {
		struct client *c = s->clients[i];
		if (c != NULL && c->events && (c->events_of == NULL || c->events_of == u))
			client_send(s, c, o.buf, o.len);
	}
}

void clients_log(struct supervisor *s, const struct unit *u)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = s->clients[i];
		if (c != NULL && c->follow && c->unit == u && c->asleep)
			client_wake(s, c);
	}
}
