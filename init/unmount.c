#include "init/unmount.h"

#include "base/auto_fd.h"
#include "init/log.h"

#include <fcntl.h>
#include <sys/mount.h>

/*
 * mountinfo lists mounts in the order in which they were made, and a machine may have thousands.
 * Each pass keeps the last TAIL of them and unmounts these; passes go on while they get anywhere.
 */
enum { TAIL = 64, TARGET_SIZE = 1024, LINE_BYTES = 8192 };

static struct {
	char target[TAIL][TARGET_SIZE];
	unsigned long count; /* mounts seen; the newest is at (count - 1) % TAIL */
} tail;

/* What this very code needs, and holds nothing that could be lost. */
static bool is_kept(const char *target)
{
	static const char kept[][6] = { "/", "/proc", "/dev", "/sys", "/run" };

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strcmp(target, kept[i]) == 0)
			return true;
	return false;
}

static void take_line(struct span line)
{
	char *target = tail.target[tail.count % TAIL];

	if (mountinfo_target(line, target, TARGET_SIZE) && !is_kept(target))
		tail.count++;
}

static int read_mounts(void)
{
	static char buffer[LINE_BYTES];
	AUTO_FD fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t have = 0;

	tail.count = 0;
	if (fd < 0)
		return -1;
	for (;;) {
		ssize_t n = read(fd, buffer + have, sizeof(buffer) - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		have += (size_t)n;
		struct span rest = { buffer, have }, line;
		while (rest.len && memchr(rest.at, '\n', rest.len) && span_cut(&rest, '\n', &line))
			take_line(line);
		/* A line that fills the whole buffer is no mount that anyone could unmount by name.
		 */
		have = rest.len < sizeof(buffer) ? rest.len : 0;
		memmove(buffer, rest.at, have);
	}
}

/* How many of the newest mounts went. */
static unsigned unmount_tail(void)
{
	unsigned long first = tail.count > TAIL ? tail.count - TAIL : 0;
	unsigned done = 0;

	for (unsigned long i = tail.count; i > first; i--)
		if (umount2(tail.target[(i - 1) % TAIL], UMOUNT_NOFOLLOW) == 0)
			done++;
	return done;
}

void unmount_all(void)
{
	/* Shared mounts would be looked for in namespaces that are gone; and a busy mount hides
	 * those before it from a pass, hence the second try with a remount. */
	(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	do {
		if (read_mounts() < 0) {
			log_line(LOG_WARNING, "reading the list of mounts: %s", strerror(errno));
			return;
		}
	} while (unmount_tail() > 0);

	unsigned long first = tail.count > TAIL ? tail.count - TAIL : 0;
	for (unsigned long i = tail.count; i > first; i--) {
		const char *target = tail.target[(i - 1) % TAIL];

		if (mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
			log_line(LOG_WARNING, "%s stays mounted and writable: %s", target,
				strerror(errno));
		else
			log_line(LOG_TRACE, "%s stays mounted, read-only", target);
	}
	(void)mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL); /* a squashfs already is */
}
