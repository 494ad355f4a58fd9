/* A datagram of a notify socket. */
#include "tests/fuzz/fuzz.h"

#include "system-runtime/supervise/notify_words.h"

#include <stdlib.h>
#include <string.h>

feeder feed_notify;

int feed_notify(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *rest = text;
	const char *value;
	size_t lines = 1, words = 0;
	enum notify_word w;

	if (text == NULL)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	while ((w = notify_next(&rest, &value)) != NOTIFY_END) {
		words++;
		if ((value != NULL) != (w == NOTIFY_STATUS) ||
			(value != NULL && strchr(value, '\n') != NULL))
			abort();
	}
	if (words != lines)
		abort();
	free(text);
	return 0;
}
