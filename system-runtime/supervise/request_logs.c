/* logs: of a unit from its ring, of the kernel from /dev/kmsg. */
#include "base/auto_fd.h"
#include "system-runtime/supervise/request_call.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A byte of a line is at most six of JSON. */
static char buf[RING_LINE * 6 + 256];

static enum more more_lines(struct supervisor *s, struct client *c)
{
	struct json_out o = { .buf = buf, .size = sizeof(buf) };
	struct ring_line line;

	if (!ring_next(&c->unit->log, &c->at, !c->follow, &line)) {
		if (c->follow)
			return MORE_WAIT;
		line.lost = ring_lines(&c->unit->log) - c->at.seq;
		if (line.lost > 0 && !c->at.mid) {
			jw_open(&o, NULL, '{');
			jw_int(&o, "lost", (int64_t)line.lost);
			jw_close(&o, '}');
			answer(s, c, &o);
		}
		return answer_done(s, c);
	}
	jw_open(&o, NULL, '{');
	jw_int(&o, "seq", (int64_t)line.seq);
	jw_int(&o, "ms", (int64_t)line.time.ms);
	jw_int(&o, "wall", (int64_t)line.time.wall_ms);
	if (line.lost > 0)
		jw_int(&o, "lost", (int64_t)line.lost);
	jw_strn(&o, "line", line.text, line.len);
	jw_close(&o, '}');
	answer(s, c, &o);
	return MORE_GO_ON;
}

void show_logs(struct call *k)
{
	const struct request *r = k->r;
	uint64_t lines = r->lines.set && r->lines.v >= 0 ? (uint64_t)r->lines.v : UINT64_MAX;

	k->c->unit = k->u;
	k->c->at = ring_begin(
		&k->u->log, lines, r->since.set && r->since.v > 0 ? (uint64_t)r->since.v : 0);
	k->c->follow = r->follow;
	k->c->more = more_lines;
	client_wake(k->s, k->c);
}

/* "PRIORITY,NUMBER,MICROSECONDS,FLAGS[,...];TEXT\n" and lines of details (the kernel's
 * Documentation/ABI/testing/dev-kmsg); one record a read. */
static enum more more_kernel(struct supervisor *s, struct client *c)
{
	char in[8192];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };
	ssize_t n = read(c->kmsg.fd, in, sizeof(in) - 1);

	if (n < 0 && (errno == EPIPE || errno == EINTR))
		return MORE_GO_ON; /* overwritten meanwhile: the next one is the oldest that is left
				    */
	if (n <= 0 && c->follow)
		return MORE_WAIT;
	if (n <= 0) {
		watch_drop(s, &c->kmsg);
		return answer_done(s, c);
	}
	if (c->skip > 0) {
		c->skip--;
		return MORE_GO_ON;
	}
	in[n] = '\0';
	char *text = strchr(in, ';'), *end = strchr(in, '\n'), *at;
	unsigned long priority = strtoul(in, &at, 10);
	unsigned long long seq = *at == ',' ? strtoull(at + 1, &at, 10) : 0;
	unsigned long long us = *at == ',' ? strtoull(at + 1, &at, 10) : 0;
	if (text == NULL || end == NULL || end < text || us / 1000 < c->since_ms)
		return MORE_GO_ON;
	jw_open(&o, NULL, '{');
	jw_int(&o, "seq", (int64_t)seq);
	jw_int(&o, "ms", (int64_t)(us / 1000));
	jw_int(&o, "priority", (int64_t)(priority & 7));
	if (c->at.seq > 0 && seq > c->at.seq)
		jw_int(&o, "lost", (int64_t)(seq - c->at.seq));
	c->at.seq = seq + 1;
	jw_strn(&o, "line", text + 1, (size_t)(end - text) - 1);
	jw_close(&o, '}');
	answer(s, c, &o);
	return MORE_GO_ON;
}

static void on_kmsg(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct rt_error e;

	(void)events;
	(void)!watch_add(s, w, EPOLLET | EPOLLIN, &e); /* it is in the epoll */
	client_wake(s, w->owner);
}

/* How many records there are; the kernel's buffer bounds them. */
static uint64_t count_records(int fd)
{
	char in[8192];
	uint64_t n = 0;

	while (n < 1 << 17 && (read(fd, in, sizeof(in)) > 0 || errno == EPIPE))
		n++;
	(void)lseek(fd, 0, SEEK_SET);
	return n;
}

void show_kernel(struct call *k)
{
	struct client *c = k->c;
	const struct request *r = k->r;
	struct rt_error e = { 0 };

	watch_drop(k->s, &c->kmsg);
	c->kmsg = (struct watch){ .fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC),
		.ready = on_kmsg,
		.owner = c };
	if (c->kmsg.fd < 0 ||
		(r->follow && watch_add(k->s, &c->kmsg, EPOLLIN | EPOLLET, &e) != 0)) {
		refuse(k->s, c, "the kernel's log cannot be read here");
		return;
	}
	c->skip = c->at.seq = 0;
	c->since_ms = r->since.set && r->since.v > 0 ? (uint64_t)r->since.v : 0;
	if (r->lines.set && r->lines.v >= 0) {
		uint64_t n = count_records(c->kmsg.fd);
		c->skip = n > (uint64_t)r->lines.v ? n - (uint64_t)r->lines.v : 0;
	}
	c->unit = NULL;
	c->follow = r->follow;
	c->more = more_kernel;
	client_wake(k->s, c);
}
