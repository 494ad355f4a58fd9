/*
 * What the firmware or reserved memory kept of the kernel's log of the boot before (pstore; the
 * kernel's Documentation/ABI/testing/pstore): moved to /run, so that there is room for the next
 * one, and what is shown is of the boot before and not of one long ago.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/last_boot.h"
#include "system-runtime/supervise/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PSTORE "/sys/fs/pstore"

enum { RECORDS = 64 };

struct record {
	char name[128];
	unsigned dump,
		part; /* the first line: "Panic#DUMP PartPART"; the first part is the newest text */
};

static bool is_log(const char *name)
{
	return strncmp(name, "dmesg-", 6) == 0 || strncmp(name, "console-", 8) == 0;
}

static void look_at(int dir, struct record *r)
{
	char head[64];
	AUTO_FD fd = openat(dir, r->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);

	head[n > 0 ? n : 0] = '\0';
	const char *dump = strchr(head, '#'), *part = strstr(head, " Part");
	r->dump = dump != NULL ? (unsigned)strtoul(dump + 1, NULL, 10) : 0;
	r->part = part != NULL ? (unsigned)strtoul(part + 5, NULL, 10) : 0;
}

static int older_first(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->dump != y->dump)
		return x->dump < y->dump ? -1 : 1;
	if (x->part != y->part)
		return x->part > y->part ? -1 : 1;
	return strcmp(x->name, y->name);
}

static size_t records_find(int dir, struct record all[RECORDS])
{
	DIR *entries = fdopendir(dup(dir));
	struct dirent *d;
	size_t n = 0;

	while (entries != NULL && n < RECORDS && (d = readdir(entries)) != NULL) {
		if (!is_log(d->d_name) || strlen(d->d_name) >= sizeof(all->name))
			continue;
		all[n] = (struct record){ 0 };
		memcpy(all[n].name, d->d_name, strlen(d->d_name) + 1);
		look_at(dir, &all[n++]);
	}
	if (entries != NULL)
		closedir(entries);
	qsort(all, n, sizeof(*all), older_first);
	return n;
}

/* The newest bytes of a record that is too long. */
static size_t take(int dir, const struct record *r, char *out, size_t room)
{
	AUTO_FD fd = openat(dir, r->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n = fd < 0 ? -1 : pread(fd, out, room, size > (off_t)room ? size - (off_t)room : 0);

	return n > 0 ? (size_t)n : 0;
}

void last_boot_keep(void)
{
	static struct record all[RECORDS];
	static char text[LAST_BOOT_MAX];
	AUTO_FD dir = open(PSTORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD run = open(LAST_BOOT_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = dir < 0 || run < 0 ? 0 : records_find(dir, all), len = 0;

	for (size_t i = 0; i < n; i++) {
		len += take(dir, &all[i], text + len, sizeof(text) - len);
		if (len > 0 && len < sizeof(text) && text[len - 1] != '\n')
			text[len++] = '\n';
	}
	if (n == 0)
		return;
	if (file_replace(run, LAST_BOOT_FILE, text, len) != 0) {
		console("cannot write " LAST_BOOT_FOLDER "/" LAST_BOOT_FILE ": %s",
			strerror(errno));
		return;
	}
	for (size_t i = 0; i < n; i++)
		(void)unlinkat(dir, all[i].name, 0);
	console("the boot before has left its last messages: svc boot --last");
}
