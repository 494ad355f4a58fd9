#include "system-runtime/common/file.h"
#include "system-runtime/supervise/supervise.h"

#include <stdarg.h>

static void put(char *line, size_t size, size_t len)
{
	if (len > size - 2)
		len = size - 2;
	/* What services print may hold anything; a console acts on control bytes. */
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			line[i] = '?';
	}
	line[len] = '\n';
	(void)!write_all(2, line, len + 1); /* a console that is gone must not stop the machine */
}

static size_t stamp(char *line, size_t size)
{
	uint64_t ms = now_ms();

	return (size_t)snprintf(line, size, "[%5llu.%03llu] ", (unsigned long long)(ms / 1000),
		(unsigned long long)(ms % 1000));
}

void console(const char *fmt, ...)
{
	char line[512];
	size_t n = stamp(line, sizeof(line));
	va_list ap;

	n += (size_t)snprintf(line + n, sizeof(line) - n, "supervise: ");
	va_start(ap, fmt);
	int w = vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	put(line, sizeof(line), n + (size_t)(w > 0 ? w : 0));
}

void console_output(const struct unit *u, const char *text, size_t len)
{
	char line[RING_LINE + 256];
	size_t n = stamp(line, sizeof(line));

	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", u->name);
	if (len > sizeof(line) - n - 1)
		len = sizeof(line) - n - 1;
	memcpy(line + n, text, len);
	put(line, sizeof(line), n + len);
}
