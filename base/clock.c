#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int clock_epoch(int64_t fallback, int64_t *out, struct diags *d)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	if (!text || !*text) {
		*out = fallback;
		return 0;
	}
	char *end;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	/* The upper bound is what four-digit years and 33-bit tar fields hold. */
	if (errno || *end || v < 0 || v > 253402300799LL)
		return fail(d, KIND_USAGE,
			"set it to whole seconds since 1970, as `date +%s` prints",
			"SOURCE_DATE_EPOCH is \"%s\"", text);
	*out = v;
	return 0;
}

/* Civil date from days since 1970, by eras of 400 years (146,097 days). */
static void civil(int64_t days, int *y, int *m, int *d)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

static int64_t days_from_civil(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

void clock_rfc3339(int64_t epoch, char out[CLOCK_RFC3339_SIZE])
{
	int64_t days = epoch / 86400, rest = epoch % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	int y, m, d;
	civil(days, &y, &m, &d);
	if (y < 0 || y > 9999) {
		y = 9999;
	}
	snprintf(out, CLOCK_RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)y % 10000u,
		(unsigned)m % 100u, (unsigned)d % 100u, (unsigned)(rest / 3600) % 100u,
		(unsigned)(rest / 60 % 60) % 100u, (unsigned)(rest % 60) % 100u);
}

static int digits(const char **p, int n, int *out)
{
	int v = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return 0;
}

static int expect(const char **p, const char *set)
{
	for (const char *s = set; *s; s++) {
		if (**p == *s) {
			(*p)++;
			return 0;
		}
	}
	return -1;
}

static int parse_offset(const char **p, int *seconds)
{
	*seconds = 0;
	if (expect(p, "Zz") == 0)
		return 0;
	int sign = **p == '-' ? -1 : 1, h, m;
	if (expect(p, "+-") < 0 || digits(p, 2, &h) < 0 || expect(p, ":") < 0 ||
		digits(p, 2, &m) < 0)
		return -1;
	*seconds = sign * (h * 3600 + m * 60);
	return 0;
}

int clock_parse_rfc3339(const char *text, int64_t *out)
{
	const char *p = text;
	int y, mo, d, h, mi, s, off;
	if (digits(&p, 4, &y) < 0 || expect(&p, "-") < 0 || digits(&p, 2, &mo) < 0 ||
		expect(&p, "-") < 0 || digits(&p, 2, &d) < 0 || expect(&p, "Tt ") < 0 ||
		digits(&p, 2, &h) < 0 || expect(&p, ":") < 0 || digits(&p, 2, &mi) < 0 ||
		expect(&p, ":") < 0 || digits(&p, 2, &s) < 0)
		return -1;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++)
			;
	}
	if (parse_offset(&p, &off) < 0 || *p)
		return -1;
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60)
		return -1;
	*out = days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + s - off;
	return 0;
}
