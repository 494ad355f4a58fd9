/* depmod's files of a kernel image: modules.dep, modules.alias, modules.softdep and
 * modules.builtin, NUL between. */
#include "mkimage/build/modules.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

feeder feed_modules_dep;

int feed_modules_dep(const uint8_t *data, size_t len)
{
	AUTO_ARENA mem = arena_new();
	struct diags d;
	struct modules m;
	const char *text[4] = { "", "", "", "" }, *at = arena_strn(mem, (const char *)data, len);
	diags_init(&d, mem);
	for (size_t i = 0, left = len; i < ARRAY_LEN(text); i++) {
		size_t n = strlen(at);
		text[i] = at;
		if (n >= left)
			break;
		at += n + 1;
		left -= n + 1;
	}
	struct modules_texts in = { text[0], text[1], text[2], text[3] }, out = { 0 };
	if (modules_parse(mem, &in, &m, &d) < 0)
		return 0;
	bool *kept = modules_none(&m);
	for (size_t i = 0; i < m.len && i < 100; i += 2)
		(void)!modules_keep(&m, m.items[i].name, (struct pos){ 0 }, kept, &d);
	modules_filter(&m, kept, &out);
	return 0;
}
