/* Times as people say and read them. */
#include "system-runtime/svc/svc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* n digits, then one of the characters in after; -1 when that is not what is there. */
static int digits(const char **text, int n, const char *after)
{
	int v = 0;

	for (; n > 0; n--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		v = v * 10 + (**text - '0');
	}
	if (strchr(after, **text) == NULL) /* the end of the text counts as one of them */
		return -1;
	*text += **text != '\0';
	return v;
}

/* "2026-11-29[ 10:00[:00]][Z]". The dates of logs are UTC, so that those of several machines
 * compare. */
static bool parse_date(const char *text, int64_t *ms)
{
	struct tm tm = { 0 };

	tm.tm_year = digits(&text, 4, "-") - 1900;
	tm.tm_mon = digits(&text, 2, "-") - 1;
	tm.tm_mday = digits(&text, 2, " TZ");
	if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mday < 1)
		return false;
	if (*text != '\0') {
		tm.tm_hour = digits(&text, 2, ":");
		tm.tm_min = digits(&text, 2, ":Z");
		tm.tm_sec = *text != '\0' ? digits(&text, 2, "Z") : 0;
		if (tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0 || *text != '\0')
			return false;
	}
	*ms = (int64_t)timegm(&tm) * 1000 - clock_ms(CLOCK_REALTIME) + clock_ms(CLOCK_BOOTTIME);
	return true;
}

int since_parse(const char *text, int64_t *ms, struct rt_error *e)
{
	static const char units[] = "smhd";
	static const int seconds[] = { 1, 60, 3600, 86400 };
	char *end;

	if (parse_date(text, ms))
		return 0;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	const char *unit = *end == '\0' ? units : strchr(units, *end);
	if (*text < '0' || *text > '9' || errno != 0 || n > 1u << 30 || unit == NULL ||
		(*end != '\0' && end[1] != '\0'))
		return rt_fail(e, 0,
			"--since: \"%.80s\" is neither a time span, as in 90s, 5m, 2h, 1d, nor a "
			"date, as in \"2026-11-29 10:00\"",
			text);
	*ms = clock_ms(CLOCK_BOOTTIME) - (int64_t)n * seconds[unit - units] * 1000;
	return 0;
}

const char *duration(int64_t ms, char *out, size_t size)
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
