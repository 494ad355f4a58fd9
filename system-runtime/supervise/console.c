#include "system-runtime/common/file.h"
#include "system-runtime/supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

enum { CONSOLES_MAX = 8 };

/* init names them all when there are several; else it is standard error. */
static struct {
	bool open;
	unsigned n;
	int fd[CONSOLES_MAX];
	char path[CONSOLES_MAX][32];
} all;

static int open_console(const char *path)
{
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void open_all(void)
{
	const char *at = getenv("SLIPWAY_CONSOLES");

	all.open = true;
	while (at != NULL && *at && all.n < CONSOLES_MAX) {
		size_t len = strcspn(at, " ");
		if (len > 0 && len < sizeof(all.path[0])) {
			memcpy(all.path[all.n], at, len);
			all.fd[all.n] = open_console(all.path[all.n]);
			all.n++;
		}
		at += len + (at[len] == ' ');
	}
}

/* A terminal that nobody reads gets a moment, and then loses the line. */
static bool write_some(int fd, const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, line, len);
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n < 0 && poll(&p, 1, 200) <= 0)
			return true;
		line += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static void put_all(const char *line, size_t len)
{
	if (!all.open)
		open_all();
	if (all.n < 2)
		(void)!write_all(
			2, line, len); /* a console that is gone must not stop the machine */
	for (unsigned i = 0; all.n >= 2 && i < all.n; i++) {
		if (all.fd[i] >= 0 && write_some(all.fd[i], line, len))
			continue;
		/* A getty hung the line up: the descriptor is dead, the line is not. */
		if (all.fd[i] >= 0)
			close(all.fd[i]);
		all.fd[i] = open_console(all.path[i]);
		if (all.fd[i] >= 0)
			(void)write_some(all.fd[i], line, len);
	}
}

void console_forget(void)
{
	memset(&all, 0, sizeof(all));
}

static void put(char *line, size_t size, size_t len)
{
	if (len > size - 2)
		len = size - 2;
	/* What services print may hold anything; a console acts on control bytes. */
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			line[i] = '?';
	}
	line[len] = '\n';
	put_all(line, len + 1);
}

static size_t stamp(char *line, size_t size)
{
	uint64_t ms = now_ms();

	return (size_t)snprintf(line, size, "[%5llu.%03llu] ", (unsigned long long)(ms / 1000),
		(unsigned long long)(ms % 1000));
}

void console(const char *fmt, ...)
{
	char line[512];
	size_t n = stamp(line, sizeof(line));
	va_list ap;

	n += (size_t)snprintf(line + n, sizeof(line) - n, "supervise: ");
	va_start(ap, fmt);
	int w = vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	put(line, sizeof(line), n + (size_t)(w > 0 ? w : 0));
}

void console_output(const struct unit *u, const char *text, size_t len)
{
	char line[RING_LINE + 256];
	size_t n = stamp(line, sizeof(line));

	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", u->name);
	if (len > sizeof(line) - n - 1)
		len = sizeof(line) - n - 1;
	memcpy(line + n, text, len);
	put(line, sizeof(line), n + len);
}
