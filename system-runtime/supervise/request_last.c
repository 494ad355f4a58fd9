/* boot --last: what was kept of the boot before (last_boot.c). init and the supervisor say there
 * what it has failed of. */
#include "base/auto_fd.h"
#include "system-runtime/supervise/last_boot.h"
#include "system-runtime/supervise/request_call.h"

#include <fcntl.h>
#include <unistd.h>

static void send_line(struct call *k, const char *text, size_t len)
{
	static char buf[8192];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	jw_open(&o, NULL, '{');
	jw_strn(&o, "line", text, len < 1024 ? len : 1024);
	jw_close(&o, '}');
	answer(k->s, k->c, &o);
}

void show_last_boot(struct call *k)
{
	static char text[LAST_BOOT_MAX];

	last_boot_keep(); /* a driver that came late */
	AUTO_FD fd = open(LAST_BOOT_FOLDER "/" LAST_BOOT_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (n <= 0) {
		refuse(k->s, k->c,
			"nothing was kept of the boot before: it ended well, or the machine has no "
			"pstore (docs/operations.md)");
		return;
	}
	for (char *at = text, *end = text + n; at < end;) {
		char *nl = memchr(at, '\n', (size_t)(end - at));
		send_line(k, at, (size_t)((nl != NULL ? nl : end) - at));
		at = nl != NULL ? nl + 1 : end;
	}
	(void)answer_done(k->s, k->c);
}
