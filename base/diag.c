#include "base/diag.h"

#include <string.h>

enum { DEFAULT_LIMIT = 20 };

void diags_init(struct diags *d, struct arena *mem)
{
	*d = (struct diags){ .mem = mem, .limit = DEFAULT_LIMIT };
}

void diags_add_source(struct diags *d, const char *name, const char *text, size_t len)
{
	struct source *s = ARENA_NEW(d->mem, struct source);
	*s = (struct source){ .name = name, .text = text, .len = len, .next = d->sources };
	d->sources = s;
}

bool diags_full(const struct diags *d)
{
	return d->errors >= (d->limit ? d->limit : DEFAULT_LIMIT);
}

static struct diag *record(struct diags *d, enum severity sev, enum diag_kind kind)
{
	bool full = diags_full(d);
	d->errors += sev == SEV_ERROR;
	d->warnings += sev == SEV_WARNING;
	if (full)
		return NULL;
	struct diag *g = ARENA_NEW(d->mem, struct diag);
	g->sev = sev;
	g->kind = kind;
	if (d->last)
		d->last->next = g;
	else
		d->first = g;
	d->last = g;
	return g;
}

/* Every recorder's body. */
static struct diag *PRINTF(6, 0) say(struct diags *d, enum severity sev, enum diag_kind kind,
	struct pos at, const char *hint, const char *fmt, va_list ap)
{
	struct diag *g = record(d, sev, kind);
	if (!g)
		return NULL;
	g->at = at;
	g->what = arena_vfmt(d->mem, fmt, ap);
	g->hint = hint ? arena_str(d->mem, hint) : NULL;
	return g;
}

#define SAY(sev, kind, at, hint)                                    \
	do {                                                        \
		va_list ap;                                         \
		va_start(ap, fmt);                                  \
		(void)say(d, (sev), (kind), (at), (hint), fmt, ap); \
		va_end(ap);                                         \
	} while (0)

int fail_at(struct diags *d, struct pos at, const char *hint, const char *fmt, ...)
{
	SAY(SEV_ERROR, KIND_INPUT, at, hint);
	return -1;
}

int fail(struct diags *d, enum diag_kind kind, const char *hint, const char *fmt, ...)
{
	SAY(SEV_ERROR, kind, (struct pos){ 0 }, hint);
	return -1;
}

int fail_sys(struct diags *d, int sys, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct diag *g = say(d, SEV_ERROR, KIND_SYSTEM, (struct pos){ 0 }, NULL, fmt, ap);
	va_end(ap);
	if (g)
		g->what = arena_fmt(d->mem, "%s: %s", g->what, strerror(sys));
	return -1;
}

int fail_ctx(struct diags *d, const char *fmt, ...)
{
	if (!d->last)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	vec_push(d->mem, &d->last->contexts, arena_vfmt(d->mem, fmt, ap));
	va_end(ap);
	return -1;
}

void warn_at(struct diags *d, struct pos at, const char *hint, const char *fmt, ...)
{
	SAY(SEV_WARNING, KIND_INPUT, at, hint);
}

void note_at(struct diags *d, struct pos at, const char *hint, const char *fmt, ...)
{
	SAY(SEV_NOTE, KIND_INPUT, at, hint);
}

int diags_exit_code(const struct diags *d)
{
	for (const struct diag *g = d->first; g; g = g->next) {
		if (g->sev == SEV_ERROR)
			return (int)g->kind;
	}
	return d->errors ? KIND_INPUT : 0;
}
