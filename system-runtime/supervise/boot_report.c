/* What a boot that has failed leaves for init to say, and to keep (docs/boot.md). */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>

#define FOLDER "/run/slipway"

enum { LINES = 12 };

struct report {
	char text[3500];
	size_t len;
};

static void add(struct report *r, const char *line, size_t len)
{
	if (len > 250)
		len = 250;
	if (r->len + len + 2 > sizeof(r->text))
		return;
	memcpy(r->text + r->len, line, len);
	r->len += len;
	r->text[r->len++] = '\n';
}

/* "onboot NAME: REASON", then its last lines. */
void boot_report(const struct unit *u)
{
	struct report r = { .len = 0 };
	struct ring_cursor at = ring_begin(&u->log, LINES, 0);
	struct ring_line line;

	r.len = (size_t)snprintf(
		r.text, sizeof(r.text), "%s %s: %s\n", kind_name(u->kind), u->name, u->reason);
	while (ring_next(&u->log, &at, true, &line))
		add(&r, line.text, line.len);
	AUTO_FD dir = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || file_replace(dir, "boot-failed", r.text, r.len) != 0)
		console("cannot write " FOLDER "/boot-failed: %s", strerror(errno));
}
