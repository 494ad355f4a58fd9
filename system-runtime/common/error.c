#include "system-runtime/common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

int rt_fail(struct rt_error *e, int sys, const char *fmt, ...)
{
	va_list ap;

	e->sys = sys;
	va_start(ap, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	va_end(ap);
	return -1;
}

int rt_wrap(struct rt_error *e, const char *fmt, ...)
{
	struct rt_error old = *e;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(e->what, sizeof(e->what) - 2, fmt, ap);
	va_end(ap);
	n = strlen(e->what);
	snprintf(e->what + n, sizeof(e->what) - n, ": %s", old.what);
	return -1;
}

void rt_error_text(const struct rt_error *e, char *out, size_t size)
{
	if (e->sys != 0) {
		/* In small letters, as Go's errno texts: engines look for "permission denied". */
		const char *why = strerror(e->sys);
		bool word = why[0] >= 'A' && why[0] <= 'Z' && why[1] >= 'a' && why[1] <= 'z';
		snprintf(out, size, "%s: %c%s", e->what, word ? why[0] + 'a' - 'A' : why[0],
			why + 1);
	} else
		snprintf(out, size, "%s", e->what);
	/* Names out of a config may hold anything; the line goes to consoles. */
	for (char *c = out; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
}

void time_text(char *out, size_t size)
{
	struct timespec now;
	struct tm tm;

	/* Not by the vDSO: that would be two more pages for one question. */
	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &now); /* the clock is always there */
	if (gmtime_r(&now.tv_sec, &tm) == NULL ||
		snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec) < 0)
		out[0] = '\0';
}
