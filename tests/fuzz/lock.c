/* Any bytes as a lock. What parses must come back the same from its own text. */
#include "tests/fuzz/fuzz.h"

#include "mkimage/lock/lock.h"

#include <stdlib.h>

feeder feed_lock;

int feed_lock(const uint8_t *data, size_t len)
{
	AUTO_ARENA a = arena_new();
	struct diags d;
	struct lock l, again;
	struct lock_changes changes = { 0 };
	size_t text_len;
	const char *text = arena_strn(a, (const char *)data, len);
	diags_init(&d, a);
	if (lock_parse(a, "os.lock", text, len, &l, &d) < 0) {
		if (!d.errors)
			abort();
		return 0;
	}
	text = lock_text(a, &l, &text_len);
	if (lock_parse(a, "again.lock", text, text_len, &again, &d) < 0)
		abort();
	lock_compare(a, &l, &again, &changes);
	if (changes.len)
		abort();
	return 0;
}
