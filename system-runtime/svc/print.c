#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/svc/svc.h"

#include <time.h>

static void print_unit(const struct unit_view *u)
{
	char up[24], pid[24] = "-", status[24] = "-";

	if (u->pid.v > 0)
		snprintf(pid, sizeof(pid), "%lld", (long long)u->pid.v);
	if (u->exit_status.v >= 0)
		snprintf(status, sizeof(status), "%lld", (long long)u->exit_status.v);
	printf("%-20s %-10s %-9s %7s %9s %8lld %6s  ", u->name, u->kind, u->state, pid,
		duration(u->uptime_ms.v, up, sizeof(up)), (long long)u->restarts.v, status);
	print_plain(strcmp(u->state, "running") == 0 ? "" : u->reason);
	putchar('\n');
}

int svc_ps(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	bool first = true;
	const char *raw;
	int r;

	if (o->json)
		printf("[");
	else if (!o->quiet)
		printf("%-20s %-10s %-9s %7s %9s %8s %6s  %s\n", "NAME", "KIND", "STATE", "PID",
			"UPTIME", "RESTARTS", "STATUS", "WHY");
	for (;;) {
		AUTO_MEM m = { 0 };
		struct answer a;
		r = session_next(s, &m, &a, &raw, e);
		if (r <= 0 || a.ok)
			break;
		if (a.unit == NULL || a.unit->name == NULL || a.unit->kind == NULL ||
			a.unit->state == NULL || a.unit->reason == NULL)
			continue;
		/* {"unit":{...}}: the inner object is the item. */
		if (o->json)
			printf("%s%.*s", first ? "" : ",", (int)strlen(raw) - 9, raw + 8);
		else if (o->quiet)
			puts(a.unit->name);
		else
			print_unit(a.unit);
		first = false;
	}
	if (o->json)
		printf("]\n");
	return r > 0 ? 0 : r < 0 ? -1 : hung_up(e);
}

void print_plain(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		/* U+0080 to U+009F are control characters too. */
		bool high = c[0] == 0xc2 && c[1] < 0xa0;
		c += high;
		putchar(high || (*c < 0x20 && *c != '\t') || *c == 0x7f ? '?' : *c);
	}
}

static void print_time(const struct answer *a, bool wall)
{
	time_t seconds = (time_t)(a->wall.v / 1000);
	struct tm tm;

	if (wall && a->wall.set && gmtime_r(&seconds, &tm) != NULL) {
		printf("%04d-%02d-%02d %02d:%02d:%02d.%03d ", tm.tm_year + 1900, tm.tm_mon + 1,
			tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(a->wall.v % 1000));
	} else {
		printf("[%5lld.%03lld] ", (long long)(a->ms.v / 1000), (long long)(a->ms.v % 1000));
	}
}

static void print_line(const struct answer *a, bool wall)
{
	if (a->lost.set)
		printf("-- %lld lines lost: too many at once for its log --\n",
			(long long)a->lost.v);
	if (a->line != NULL) {
		print_time(a, wall);
		print_plain(a->line);
		putchar('\n');
	} else if (a->event != NULL && a->event->name != NULL && a->event->state != NULL) {
		print_time(a, wall);
		printf("%s: %s%s", a->event->name, a->event->state,
			a->event->reason && a->event->reason[0] ? ", " : "");
		print_plain(a->event->reason ? a->event->reason : "");
		putchar('\n');
	}
}

/* A new supervisor was asked for all since the line that was printed last: true for what is known
 * of it. Says what is lost between. */
static bool is_known(struct session *s, struct answer *a)
{
	if (!a->seq.set)
		return false;
	if (s->repeat > 0 && a->seq.v <= s->seq) {
		s->repeat -= a->seq.v == s->seq;
		return true;
	}
	if (s->seen && a->seq.v > s->seq + 1 && !a->lost.set)
		a->lost = (struct opt_int){ .set = true, .v = a->seq.v - s->seq - 1 };
	s->pieces = s->seen && a->seq.v == s->seq ? s->pieces + 1 : 1;
	s->seen = true;
	s->seq = a->seq.v;
	s->ms = a->ms.v;
	s->repeat = 0;
	return false;
}

/* logs and events */
int svc_stream(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	const char *raw;
	int r;

	for (;;) {
		AUTO_MEM m = { 0 };
		struct answer a;
		r = session_next(s, &m, &a, &raw, e);
		if (r <= 0 || a.ok)
			break;
		if (is_known(s, &a))
			continue;
		if (o->json)
			puts(raw);
		else
			print_line(&a, o->wall);
		/* What comes is seen at once; a reader that is gone is seen by SIGPIPE. */
		if (s->used == s->len)
			(void)fflush(stdout);
	}
	s->repeat = s->pieces;
	return r > 0 ? 0 : r < 0 ? -1 : HUNG_UP;
}

/* The objects as they came, indented. */
static void print_indented(const char *raw)
{
	int depth = 0;
	bool quoted = false;

	for (const char *c = raw; *c != '\0'; c++) {
		bool closes = !quoted && (*c == '}' || *c == ']');
		depth -= closes;
		if (closes && c[-1] != '{' && c[-1] != '[')
			printf("\n%*s", depth * 2, "");
		putchar(*c);
		if (*c == '"')
			quoted = !quoted;
		if (quoted) {
			if (*c == '\\')
				putchar(*++c);
			continue;
		}
		bool opens = *c == '{' || *c == '[';
		depth += opens;
		if ((opens && c[1] != '}' && c[1] != ']') || *c == ',')
			printf("\n%*s", depth * 2, "");
		else if (*c == ':')
			putchar(' ');
	}
	putchar('\n');
}

int svc_inspect(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct answer a;
	const char *raw;
	int r = session_next(s, &m, &a, &raw, e);

	if (r <= 0)
		return r < 0 ? -1 : hung_up(e);
	if (o->json)
		puts(raw);
	else
		print_indented(raw);
	return 0;
}

int svc_plain(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct answer a;
	const char *raw;

	(void)o;
	int r = session_next(s, &m, &a, &raw, e);
	return r > 0 ? 0 : r < 0 ? -1 : hung_up(e);
}

/* Going down, the supervisor may end before its answer is out. */
int svc_down(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct answer a;
	const char *raw;

	(void)o;
	return session_next(s, &m, &a, &raw, e) < 0 ? -1 : 0;
}

int svc_exec(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	AUTO_MEM m = { 0 }, m2 = { 0 };
	struct answer a;
	const char *raw;

	(void)o;
	int r = session_next(s, &m, &a, &raw, e);
	if (r <= 0)
		return r < 0 ? -1 : hung_up(e);
	if (s->master >= 0)
		(void)pump_run(&(struct pump){
			.pidfd = -1, .done = s->socket, .master = s->master, .in = 0, .out = 1 });
	r = session_next(s, &m2, &a, &raw, e);
	if (r == 1 && a.exit.set)
		return (int)a.exit.v;
	return r < 0 ? -1 : hung_up(e);
}
