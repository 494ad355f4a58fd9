#include "system-runtime/supervise/kernel_option.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* "a,b" holds b. */
static bool list_has(const char *list, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (const char *end = list + len, *at = list; at < end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t word = (size_t)((comma ? comma : end) - at);
		if (word == n && memcmp(at, name, n) == 0)
			return true;
		at += word + 1;
	}
	return false;
}

bool is_skipped(const char *cmdline, const char *name)
{
	static const char option[] = "slipway.skip=";
	size_t len = sizeof(option) - 1;

	for (const char *at = cmdline; *at;) {
		size_t word = strcspn(at, " \t\n");
		if (word > len && memcmp(at, option, len) == 0 &&
			list_has(at + len, word - len, name))
			return true;
		at += word;
		at += strspn(at, " \t\n");
	}
	return false;
}

unsigned shutdown_seconds(const char *cmdline)
{
	static const char option[] = "slipway.shutdown=";
	size_t len = sizeof(option) - 1;
	unsigned seconds = 60;

	for (const char *at = cmdline; *at;) {
		size_t word = strcspn(at, " \t\n");
		if (word > len && memcmp(at, option, len) == 0) {
			char *end;
			unsigned long n = strtoul(at + len, &end, 10);
			if (end == at + word && n > 0 && n <= 86400)
				seconds = (unsigned)n; /* the last one counts */
		}
		at += word;
		at += strspn(at, " \t\n");
	}
	return seconds;
}
