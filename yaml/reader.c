#include "yaml/reader.h"

/* A file of a megabyte can hold more warnings than anybody reads. */
enum { WARNINGS_MAX = 20 };

static void PRINTF(4, 0)
	record_error(struct reader *r, struct pos at, const char *hint, const char *fmt, va_list ap)
{
	bool full = diags_full(r->d);
	(void)fail_at(r->d, at, hint, "%s", full ? "" : arena_vfmt(r->mem, fmt, ap));
	if (!full && r->context)
		(void)fail_ctx(r->d, "%s", r->context);
}

static void PRINTF(4, 0) record_warning(
	struct reader *r, struct pos at, const char *hint, const char *fmt, va_list ap)
{
	struct pos nowhere = { .file = at.file };
	if (diags_full(r->d) || r->d->warnings > WARNINGS_MAX)
		return;
	if (r->d->warnings == WARNINGS_MAX) {
		warn_at(r->d, nowhere, NULL, "further warnings are not shown");
		return;
	}
	warn_at(r->d, at, hint, "%s", arena_vfmt(r->mem, fmt, ap));
	if (r->context)
		(void)fail_ctx(r->d, "%s", r->context);
}

void reader_fail(struct reader *r, struct pos at, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	record_error(r, at, hint, fmt, ap);
	va_end(ap);
}

void reader_mistake(struct reader *r, struct pos at, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (r->strict)
		record_error(r, at, hint, fmt, ap);
	else
		record_warning(r, at, hint, fmt, ap);
	va_end(ap);
}

void reader_warn(struct reader *r, struct pos at, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	record_warning(r, at, hint, fmt, ap);
	va_end(ap);
}

bool reader_full(const struct reader *r)
{
	return diags_full(r->d);
}

bool reader_mistakes_full(const struct reader *r)
{
	return reader_full(r) || (!r->strict && r->d->warnings > WARNINGS_MAX);
}
