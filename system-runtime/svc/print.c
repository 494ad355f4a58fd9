#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/svc/svc.h"

static const char *uptime(int64_t ms, char *out, size_t size)
{
	long long s = ms / 1000;

	if (ms <= 0)
		snprintf(out, size, "-");
	else if (s < 60)
		snprintf(out, size, "%lld.%llds", s, (long long)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(out, size, "%lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, size, "%lldh%02lldm", s / 3600, s % 3600 / 60);
	else
		snprintf(out, size, "%lldd%02lldh", s / 86400, s % 86400 / 3600);
	return out;
}

static void print_unit(const struct unit_view *u)
{
	char up[24], pid[24] = "-", status[24] = "-";

	if (u->pid.v > 0)
		snprintf(pid, sizeof(pid), "%lld", (long long)u->pid.v);
	if (u->exit_status.v >= 0)
		snprintf(status, sizeof(status), "%lld", (long long)u->exit_status.v);
	printf("%-20s %-10s %-9s %7s %9s %8lld %6s  %s\n", u->name, u->kind, u->state, pid,
		uptime(u->uptime_ms.v, up, sizeof(up)), (long long)u->restarts.v, status,
		strcmp(u->state, "running") == 0 ? "" : u->reason);
}

int svc_ps(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	bool first = true;
	const char *raw;
	int r;

	if (o->json)
		printf("[");
	else
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
		else
			print_unit(a.unit);
		first = false;
	}
	if (o->json)
		printf("]\n");
	return r < 0 ? -1 : 0;
}

static void print_line(const struct answer *a)
{
	printf("[%5lld.%03lld] ", (long long)(a->ms.v / 1000), (long long)(a->ms.v % 1000));
	if (a->line != NULL) {
		/* A terminal would act on what a service prints. */
		for (const char *c = a->line; *c != '\0'; c++)
			putchar(((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f ? '?' : *c);
	} else if (a->event != NULL && a->event->name != NULL && a->event->state != NULL) {
		printf("%s: %s%s%s", a->event->name, a->event->state,
			a->event->reason && a->event->reason[0] ? ", " : "",
			a->event->reason ? a->event->reason : "");
	}
	putchar('\n');
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
		if (o->json)
			puts(raw);
		else
			print_line(&a);
		(void)fflush(stdout); /* a reader that is gone is seen by SIGPIPE */
	}
	return r < 0 ? -1 : 0;
}

int svc_plain(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	AUTO_MEM m = { 0 };
	struct answer a;
	const char *raw;

	(void)o;
	/* Going down, the supervisor may end before its answer is out. */
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
		return r < 0 ? -1 : rt_fail(e, 0, "the supervisor hung up");
	if (s->master >= 0)
		(void)pump_run(&(struct pump){
			.pidfd = -1, .done = s->socket, .master = s->master, .in = 0, .out = 1 });
	r = session_next(s, &m2, &a, &raw, e);
	if (r == 1 && a.exit.set)
		return (int)a.exit.v;
	return r < 0 ? -1 : rt_fail(e, 0, "the supervisor hung up");
}
