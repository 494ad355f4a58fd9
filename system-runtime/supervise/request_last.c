/*
 * boot --last: what the firmware or reserved memory kept of the kernel's log of the boot before
 * (pstore; the kernel's Documentation/ABI/testing/pstore). init and the supervisor say there what a
 * boot has failed of.
 */
#include "base/auto_fd.h"
#include "system-runtime/supervise/request_call.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#define PSTORE "/sys/fs/pstore"

enum { KEPT_MAX = 48 * 1024 }; /* of all files, the newest bytes of each */

static void send_line(struct call *k, const char *text, size_t len)
{
	static char buf[8192];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	jw_open(&o, NULL, '{');
	jw_strn(&o, "line", text, len < 1024 ? len : 1024);
	jw_close(&o, '}');
	answer(k->s, k->c, &o);
}

static size_t send_file(struct call *k, int dir, const char *name, size_t most)
{
	static char text[KEPT_MAX];
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n = fd < 0 ? -1
			   : pread(fd, text, most, size > (off_t)most ? size - (off_t)most : 0);

	if (n <= 0)
		return 0;
	send_line(k, name, strlen(name));
	for (char *at = text, *end = text + n; at < end;) {
		char *nl = memchr(at, '\n', (size_t)(end - at));
		send_line(k, at, (size_t)((nl != NULL ? nl : end) - at));
		at = nl != NULL ? nl + 1 : end;
	}
	return (size_t)n;
}

static int is_log(const struct dirent *d)
{
	return strncmp(d->d_name, "dmesg-", 6) == 0 || strncmp(d->d_name, "console-", 8) == 0;
}

void show_last_boot(struct call *k)
{
	struct dirent **names = NULL;
	AUTO_FD dir = open(PSTORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n = dir < 0 ? 0 : scandir(PSTORE, &names, is_log, alphasort);
	size_t left = KEPT_MAX;

	for (int i = 0; i < n; i++) {
		if (left > 0)
			left -= send_file(k, dir, names[i]->d_name, left);
		free(names[i]);
	}
	free(names);
	if (left < KEPT_MAX)
		(void)answer_done(k->s, k->c);
	else
		refuse(k->s, k->c,
			"nothing was kept of the boot before: it ended well, or the machine has no "
			"pstore (docs/operations.md)");
}
