#include "system-runtime/container/hooks.h"

void hook_words_add(struct hook_words *w, const char *bytes, size_t n)
{
	const size_t room = sizeof(w->text) - 1;

	if (n > room) {
		bytes += n - room;
		n = room;
	}
	if (w->n + n > room) {
		size_t drop = w->n + n - room;
		memmove(w->text, w->text + drop, w->n - drop);
		w->n -= drop;
	}
	memcpy(w->text + w->n, bytes, n);
	w->n += n;
	w->text[w->n] = '\0';
}

const char *hook_words_last(struct hook_words *w)
{
	while (w->n > 0 && strchr("\n\r\t ", w->text[w->n - 1]) != NULL)
		w->text[--w->n] = '\0';
	size_t start = w->n;
	while (start > 0 && w->text[start - 1] != '\n')
		start--;
	for (size_t i = start; i < w->n; i++) {
		if ((unsigned char)w->text[i] < ' ' || w->text[i] == 0x7f)
			w->text[i] = '?';
	}
	return w->text + start;
}
