/* What a state folder holds, and what hooks say. */
#include "tests/fuzz/fuzz.h"

#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/hooks.h"

#include <fcntl.h>
#include <stdlib.h>

feeder feed_state_json, feed_hook_words;

int feed_state_json(const uint8_t *data, size_t len)
{
	static char text[300 * 1024];
	char path[] = "/tmp/fuzz-state-XXXXXX";
	struct json_out o = { .buf = text, .size = sizeof(text) };
	AUTO_MEM m = { 0 }, again = { 0 }, h = { 0 };
	struct hooks_spec hooks;
	struct rt_error e;
	struct state s;

	if (mkdtemp(path) == NULL)
		return 0;
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file_replace(dir, "state.json", (const char *)data, len) == 0 &&
		state_read(dir, "x", &m, &s, &e) == 0) {
		state_json(&o, &s, STATUS_RUNNING, true);
		/* What was read can be written, and read again. */
		if (state_save(dir, &s, &e) == 0 && state_read(dir, "x", &again, &s, &e) != 0)
			abort();
	}
	if (file_replace(dir, "hooks.json", (const char *)data, len) == 0 &&
		json_decode_file(&h, dir, "hooks.json", &hooks_table, &hooks, &e) != 0)
		mem_close(&h);
	(void)unlinkat(dir, "state.json", 0);
	(void)unlinkat(dir, "hooks.json", 0);
	(void)rmdir(path);
	return 0;
}

/* In pieces of the length of the byte in front. */
int feed_hook_words(const uint8_t *data, size_t len)
{
	struct hook_words w = { { 0 }, 0 };

	while (len > 1) {
		size_t n = data[0] * 2U < len - 1 ? data[0] * 2U : len - 1;
		hook_words_add(&w, (const char *)data + 1, n);
		data += 1 + n;
		len -= 1 + n;
		if (w.n >= sizeof(w.text) || w.text[w.n] != '\0')
			abort();
	}
	for (const char *c = hook_words_last(&w); *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
	}
	return 0;
}
