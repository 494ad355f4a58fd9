#include "system-runtime/supervise/notify_words.h"

#include "base/attr.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *line;
	enum notify_word word;
} words[] = {
	{ "READY=1", NOTIFY_READY },
	{ "STOPPING=1", NOTIFY_STOPPING },
	{ "WATCHDOG=trigger", NOTIFY_UNHEALTHY },
};

static const char status[] = "STATUS=";

enum notify_word notify_next(char **text, const char **value)
{
	const char *line = strsep(text, "\n");

	*value = NULL;
	if (line == NULL)
		return NOTIFY_END;
	if (strncmp(line, status, sizeof(status) - 1) == 0) {
		*value = line + sizeof(status) - 1;
		return NOTIFY_STATUS;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(line, words[i].line) == 0)
			return words[i].word;
	}
	return NOTIFY_OTHER;
}
