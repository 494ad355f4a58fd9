/* boot: what the machine did when, from the first instruction to the last service. */
#include "system-runtime/svc/svc.h"
#include "system-runtime/svc/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(
	struct timeline *t, const char *name, enum step_kind kind, int64_t begin, int64_t end)
{
	if (t->n == STEPS_MAX)
		return;
	struct step *s = &t->steps[t->n++];
	*s = (struct step){ .kind = kind, .begin_ms = begin, .end_ms = end < begin ? begin : end };
	snprintf(s->name, sizeof(s->name), "%.63s", name);
}

/* A stamp is the end of a step that began where the one before it ended. */
static void add_stamp(struct timeline *t, const struct step_view *v)
{
	int64_t before = t->n > 0 ? t->steps[t->n - 1].end_ms : 0;

	if (t->n == 0)
		add(t, "kernel", STEP_KERNEL, 0, v->ms.v);
	else
		add(t, v->name, STEP_INIT, before, v->ms.v);
}

static void add_span(struct timeline *t, const struct step_view *v)
{
	if (v->kind == NULL || v->state == NULL || strcmp(v->kind, "onshutdown") == 0)
		return;
	bool onboot = strcmp(v->kind, "onboot") == 0;
	size_t n = t->n;
	add(t, v->name, onboot ? STEP_ONBOOT : STEP_SERVICE, v->begin_ms.v,
		v->end_ms.set  ? v->end_ms.v
		: v->up_ms.set ? v->up_ms.v
			       : v->begin_ms.v);
	if (n == t->n)
		return;
	t->steps[n].open = !v->end_ms.set;
	t->steps[n].failed = strcmp(v->state, "failed") == 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->begin_ms != y->begin_ms)
		return x->begin_ms < y->begin_ms ? -1 : 1;
	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->name, y->name);
}

/* The boot is over when the last onboot step has ended and the last service is up. */
static void settle(struct timeline *t)
{
	qsort(t->steps, t->n, sizeof(t->steps[0]), by_begin);
	for (size_t i = 0; i < t->n; i++) {
		const struct step *s = &t->steps[i];
		bool life = s->kind == STEP_SERVICE && !s->open;
		int64_t end = life ? s->begin_ms : s->end_ms;
		if (end > t->end_ms)
			t->end_ms = end;
	}
}

void boot_print_text(const struct timeline *t)
{
	static const char *const kinds[] = { "kernel", "init", "onboot", "service" };

	/* Of a service that runs: until it was up. */
	printf("%10s %10s  %-8s %s\n", "AT", "TOOK", "KIND", "NAME");
	for (size_t i = 0; i < t->n; i++) {
		const struct step *s = &t->steps[i];
		int64_t took = s->end_ms - s->begin_ms;
		printf("%6lld.%03lld", (long long)(s->begin_ms / 1000),
			(long long)(s->begin_ms % 1000));
		printf(" %6lld.%03lld", (long long)(took / 1000), (long long)(took % 1000));
		printf("  %-8s ", kinds[s->kind]);
		print_plain(s->name);
		printf("%s\n", s->failed ? "  failed" : s->open ? "  up" : "");
	}
	printf("%6lld.%03lld             all was started\n", (long long)(t->end_ms / 1000),
		(long long)(t->end_ms % 1000));
}

int svc_boot(struct session *s, const struct svc_options *o, struct rt_error *e)
{
	static struct timeline t;
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
		else if (a.line != NULL) {
			print_plain(a.line);
			putchar('\n');
		} else if (a.stamp != NULL && a.stamp->name != NULL)
			add_stamp(&t, a.stamp);
		else if (a.span != NULL && a.span->name != NULL)
			add_span(&t, a.span);
	}
	if (r <= 0)
		return r < 0 ? -1 : hung_up(e);
	if (o->json || o->last)
		return 0;
	settle(&t);
	if (o->svg)
		boot_print_svg(&t);
	else
		boot_print_text(&t);
	return 0;
}
