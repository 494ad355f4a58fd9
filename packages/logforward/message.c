#include "message.h"

#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { MS = 1000 };

/* Control characters would end the message where syslog over TCP counts lines. */
static void flatten(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

size_t message_syslog(const struct entry *e, const char *host, char to[MESSAGE_SIZE])
{
	char when[32];
	struct tm tm;
	time_t seconds = (time_t)(e->wall / MS);

	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	/* APP-NAME has 48 characters at most. */
	int n = snprintf(to, MESSAGE_SIZE, "<%u>1 %s.%03uZ %s %.48s - - - ",
		e->facility * 8 + e->severity, when, (unsigned)(e->wall % MS), host, e->service);
	size_t len = (size_t)n + json_text(e->line, to + n, MESSAGE_SIZE - (size_t)n);
	flatten(to + n);
	return len;
}

size_t message_gelf(const struct entry *e, const char *host, char to[MESSAGE_SIZE])
{
	size_t len = 0;
	const char *line = json_string(e->line, &len);

	/* A string of JSON is one again, unless it is cut: then it is left out. */
	if (line == NULL || len > MESSAGE_SIZE - 1024)
		line = "(too long)", len = 10;
	/* A message may not be empty. */
	if (len == 0)
		line = " ", len = 1;
	return (size_t)snprintf(to, MESSAGE_SIZE,
		"{\"version\":\"1.1\",\"host\":\"%.255s\",\"short_message\":\"%.*s\",\"timestamp\":%" PRIu64
		".%03u,\"level\":%u,\"_service\":\"%.127s\"}",
		host, (int)len, line, e->wall / MS, (unsigned)(e->wall % MS), e->severity,
		e->service);
}
