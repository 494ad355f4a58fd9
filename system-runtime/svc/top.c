/* top: two looks at what the services' cgroups count, and the difference. */
#include "system-runtime/svc/svc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

struct row {
	char name[64], state[16];
	bool seen; /* there are numbers */
	uint64_t cpu_ns;
	int64_t memory, read, written, pids; /* -1: the kernel does not count it, or nothing yet */
	int64_t restarts, uptime_ms;
	int64_t cpu, read_rate,
		write_rate; /* tenths of a percent, bytes in a second; -1: not known */
};

struct look {
	struct row *rows;
	size_t n, size;
	int64_t at_ms;
};

static void take(struct row *r, const struct data_view *d)
{
	r->seen = true;
	r->cpu_ns = d->cpu && d->cpu->usage ? d->cpu->usage->total : 0;
	r->memory = d->memory && d->memory->usage ? (int64_t)d->memory->usage->usage : -1;
	r->pids = d->pids ? (int64_t)d->pids->current : -1;
	for (size_t i = 0; d->blkio != NULL && i < d->blkio->bytes.n; i++) {
		const struct io_view *io = &d->blkio->bytes.v[i];
		int64_t *to = io->op != NULL && strcmp(io->op, "Read") == 0 ? &r->read
									    : &r->written;
		*to = (*to < 0 ? 0 : *to) + (int64_t)io->value;
	}
}

static int add(struct look *l, const struct answer *a, struct rt_error *e)
{
	const struct unit_view *u = a->unit;

	if (u == NULL || u->name == NULL || u->state == NULL || u->kind == NULL ||
		(strcmp(u->kind, "service") != 0 && a->stats == NULL))
		return 0;
	if (l->n == l->size) {
		size_t size = l->size ? l->size * 2 : 32;
		struct row *p = realloc(l->rows, size * sizeof(*p));
		if (p == NULL)
			return rt_fail(e, errno, "no memory");
		l->rows = p;
		l->size = size;
	}
	struct row *r = &l->rows[l->n++];
	*r = (struct row){ .restarts = u->restarts.v,
		.uptime_ms = u->uptime_ms.v,
		.memory = -1,
		.read = -1,
		.written = -1,
		.pids = -1,
		.cpu = -1,
		.read_rate = -1,
		.write_rate = -1 };
	snprintf(r->name, sizeof(r->name), "%.63s", u->name);
	snprintf(r->state, sizeof(r->state), "%.15s", u->state);
	if (a->stats != NULL && a->stats->data != NULL)
		take(r, a->stats->data);
	return 0;
}

static int look(struct session *s, struct look *l, bool json, struct rt_error *e)
{
	struct timespec t;
	const char *raw;
	int r;

	l->n = 0;
	for (;;) {
		AUTO_MEM m = { 0 };
		struct answer a;
		r = session_next(s, &m, &a, &raw, e);
		if (r <= 0 || a.ok)
			break;
		if (json)
			puts(raw);
		else if (add(l, &a, e) != 0)
			return -1;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	l->at_ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	return r <= 0 ? (r < 0 ? -1 : hung_up(e)) : 0;
}

/* A service that was started anew counts from 0 again. */
static int64_t rate(int64_t now, int64_t before, int64_t ms)
{
	if (before < 0)
		before = 0; /* it has just begun */
	return ms > 0 && now >= before ? (now - before) * 1000 / ms : -1;
}

static void compare(struct look *now, const struct look *before)
{
	int64_t ms = now->at_ms - before->at_ms;

	for (size_t i = 0; i < now->n; i++) {
		struct row *r = &now->rows[i];
		for (size_t k = 0; k < before->n; k++) {
			const struct row *b = &before->rows[k];
			if (!r->seen || !b->seen || strcmp(r->name, b->name) != 0)
				continue;
			r->cpu = rate(
				(int64_t)(r->cpu_ns / 1000000), (int64_t)(b->cpu_ns / 1000000), ms);
			r->read_rate = rate(r->read, b->read, ms);
			r->write_rate = rate(r->written, b->written, ms);
		}
	}
}

/* "512B", "1.5K", "23M"; "-" below 0 */
static const char *bytes(int64_t n, char *out, size_t size)
{
	static const char units[] = "BKMGT";
	int64_t rest = 0;
	int u = 0;

	for (; n >= 1024 && u < 4; u++) {
		rest = n % 1024 * 10 / 1024;
		n /= 1024;
	}
	if (n < 0)
		snprintf(out, size, "-");
	else if (u > 0 && n < 10)
		snprintf(out, size, "%lld.%d%c", (long long)n, (int)rest, units[u]);
	else
		snprintf(out, size, "%lld%c", (long long)n, units[u]);
	return out;
}

static int by_use(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? 1 : -1;
	return x->memory != y->memory ? (x->memory < y->memory ? 1 : -1) : strcmp(x->name, y->name);
}

/* most: rows; 0: all */
static void print(struct look *l, size_t most)
{
	char cpu[24] = "-", memory[24], in[24], out[24], up[24], pids[24];

	qsort(l->rows, l->n, sizeof(*l->rows), by_use);
	printf("%-20s %-9s    CPU%%   MEMORY   READ/s  WRITE/s   PIDS RESTARTS    UPTIME\n", "NAME",
		"STATE");
	for (size_t i = 0; i < l->n && (most == 0 || i < most); i++) {
		const struct row *r = &l->rows[i];
		if (r->cpu >= 0)
			snprintf(cpu, sizeof(cpu), "%lld.%d", (long long)(r->cpu / 10),
				(int)(r->cpu % 10));
		snprintf(pids, sizeof(pids), "%lld", (long long)r->pids);
		printf("%-20s %-9s %7s %8s %8s %8s %6s %8lld %9s\n", r->name, r->state,
			r->cpu < 0 ? "-" : cpu, bytes(r->memory, memory, sizeof(memory)),
			bytes(r->read_rate, in, sizeof(in)), bytes(r->write_rate, out, sizeof(out)),
			r->pids < 0 ? "-" : pids, (long long)r->restarts,
			duration(r->uptime_ms, up, sizeof(up)));
	}
	(void)fflush(stdout);
}

/* "2" or "0.5"; *ms is in thousandths. */
static int number(const char *option, const char *text, uint64_t *ms, struct rt_error *e)
{
	uint64_t v = 0, place = 1000;
	const char *c = text;
	bool point = false;

	for (; c != NULL && ((*c >= '0' && *c <= '9') || (*c == '.' && !point)) && v < 1u << 30;
		c++) {
		if (*c == '.')
			point = true;
		else if (!point)
			v = v * 10 + (uint64_t)(*c - '0') * 1000;
		else
			v += (uint64_t)(*c - '0') * (place /= 10);
	}
	if (c != NULL && (*c != '\0' || v == 0))
		return rt_fail(e, 0, "%s: \"%.40s\" is not a number above 0", option, text);
	*ms = c != NULL ? v : *ms;
	return 0;
}

static size_t rows_of_screen(void)
{
	struct winsize w;

	return ioctl(1, TIOCGWINSZ, &w) == 0 && w.ws_row > 2 ? w.ws_row - 2u : 0;
}

int svc_top(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	static const char request[] = "{\"cmd\":\"stats\"}\n";
	struct look looks[2] = { { 0 } };
	bool screen = isatty(1) && !o->json;
	uint64_t delay = 1000, count = screen ? UINT64_MAX : 1000;

	if (number("--delay", o->delay, &delay, e) != 0 ||
		number("--count", o->count, &count, e) != 0)
		return 2;
	if (look(s, &looks[0], o->json, e) != 0)
		return -1;
	for (uint64_t i = o->json ? 1 : 0; i < count / 1000; i++) {
		struct timespec t = { .tv_sec = (time_t)(delay / 1000),
			.tv_nsec = (long)(delay % 1000) * 1000000 };
		struct look was = looks[0];
		(void)nanosleep(&t, NULL); /* a signal ends us or shortens the wait */
		looks[0] = looks[1];
		looks[1] = was;
		if (session_send(s, request, sizeof(request) - 1, NULL, e) != 0 ||
			look(s, &looks[0], o->json, e) != 0)
			return -1;
		if (o->json)
			continue;
		compare(&looks[0], &looks[1]);
		if (screen)
			printf("\033[H\033[2J");
		print(&looks[0], screen ? rows_of_screen() : 0);
	}
	return 0;
}
