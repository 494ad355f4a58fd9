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

/* The next value of an option, from *at on, which moves behind it; NULL: there is none. */
static const char *next_value(const char **at, const char *option, size_t *len)
{
	size_t name = strlen(option);

	while (**at) {
		const char *word = *at;
		size_t n = strcspn(word, " \t\n");
		*at = word + n + strspn(word + n, " \t\n");
		if (n > name && memcmp(word, option, name) == 0) {
			*len = n - name;
			return word + name;
		}
	}
	return NULL;
}

static bool names(const char *cmdline, const char *option, const char *name)
{
	const char *value;
	size_t len;

	while ((value = next_value(&cmdline, option, &len)) != NULL) {
		if (list_has(value, len, name))
			return true;
	}
	return false;
}

bool is_skipped(const char *cmdline, const char *name)
{
	return names(cmdline, "slipway.skip=", name);
}

bool is_exit_on(const char *cmdline, const char *name)
{
	return names(cmdline, "slipway.exit-on=", name);
}

unsigned shutdown_seconds(const char *cmdline)
{
	unsigned seconds = 60;
	const char *value;
	size_t len;
	char *end;

	while ((value = next_value(&cmdline, "slipway.shutdown=", &len)) != NULL) {
		unsigned long n = strtoul(value, &end, 10);
		if (end == value + len && n > 0 && n <= 86400)
			seconds = (unsigned)n; /* the last one counts */
	}
	return seconds;
}
