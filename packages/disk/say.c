#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 1, 0))) static void line(
	const char *format, va_list ap, const char *why)
{
	char text[500];

	vsnprintf(text, sizeof(text), format, ap);
	dprintf(1, why ? "%s: %s\n" : "%s\n", text, why);
}

void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line(format, ap, NULL);
	va_end(ap);
}

int fail_errno(const char *format, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, format);
	line(format, ap, why);
	va_end(ap);
	return -1;
}

int fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line(format, ap, NULL);
	va_end(ap);
	return -1;
}
