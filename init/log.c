#include "init/log.h"

#include "init/fmt.h"
#include "init/kopt.h"
#include "init/span.h"
#include "init/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

enum { CONSOLES_MAX = 8, LINE_MAX_BYTES = 600, NAME_BYTES = 32 };

static struct {
	const char *name;
	bool debug;
	int kmsg;
	unsigned kernel_level; /* the kernel prints levels below this to the consoles */
	unsigned count;
	struct {
		char path[NAME_BYTES];
		int fd;
		bool dead; /* it did not take the last line: there may be no device behind it */
	} console[CONSOLES_MAX];
	char reason[400];
} state = { .name = "init", .kmsg = -1 };

/* A terminal without a reader (a serial line with flow control) must not stop PID 1; without
 * O_NONBLOCK even open(2) would wait for the carrier. */
static int console_fd(const char *path)
{
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool has_word(struct span list, struct span word)
{
	struct span have;

	while (span_word(&list, &have))
		if (have.len == word.len && memcmp(have.at, word.at, word.len) == 0)
			return true;
	return false;
}

static void add_console(struct span name)
{
	char *path = state.console[state.count].path;

	if (state.count == CONSOLES_MAX || name.len == 0)
		return;
	fmt_text(path, NAME_BYTES, "/dev/");
	if (!span_copy(name, path + 5, NAME_BYTES - 5))
		return;
	for (unsigned i = 0; i < state.count; i++)
		if (strcmp(state.console[i].path, path) == 0)
			return;
	state.console[state.count].fd = console_fd(path);
	state.count++;
}

/* The kernel uses only one console of each kind (one serial line); who names two gets both from us.
 * The kernel's own come last, and the last of these is /dev/console. */
static void find_consoles(void)
{
	char text[256];
	ssize_t n = sysfile_read("/sys/class/tty/console/active", text, sizeof(text));
	struct span active = { text, n > 0 ? (size_t)n : 0 }, word;
	struct kopt k;

	for (unsigned i = 0; i < state.count; i++)
		if (state.console[i].fd >= 0)
			close(state.console[i].fd);
	state.count = 0;
	if (active.len == 0)
		active = span_of("console");
	for (struct span rest = sysfile_cmdline(); kopt_next(&rest, &k);)
		if (span_is(k.name, "console") && k.value.len && span_cut(&k.value, ',', &word) &&
			span_starts(word, "tty") && !has_word(active, word))
			add_console(word);
	while (span_word(&active, &word))
		add_console(word);
}

void log_open(const char *name, bool debug)
{
	char text[32];
	ssize_t n = sysfile_read("/proc/sys/kernel/printk", text, sizeof(text));
	struct span rest = { text, n > 0 ? (size_t)n : 0 }, word;
	unsigned long long level = 0;

	state.name = name;
	state.debug = debug;
	if (state.kmsg < 0)
		state.kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	/* Without this the kernel takes all but ten of our lines in five seconds and drops them
	 * silently; it wants the newline. */
	(void)sysfile_write("/proc/sys/kernel/printk_devkmsg", "on\n");
	if (span_cut(&rest, '\t', &word) && span_number(word, 15, &level))
		state.kernel_level = (unsigned)level;
	find_consoles();
}

bool log_is_debug(void)
{
	return state.debug;
}

const char *log_console(void)
{
	for (unsigned i = state.count; i > 0; i--)
		if (!state.console[i - 1].dead)
			return state.console[i - 1].path;
	return "/dev/console";
}

void log_consoles(char *out, size_t size)
{
	size_t n = 0;

	*out = 0;
	for (unsigned i = 0; i < state.count; i++)
		n += fmt_text(out + n, size - n, i ? " %s" : "%s", state.console[i].path);
}

static int write_some(int fd, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -1;
		if (poll(&p, 1, 200) <= 0)
			return 0; /* nobody reads there: drop the rest */
	}
	return 0;
}

static void to_consoles(const char *text, size_t len)
{
	if (state.count == 0)
		(void)!write(STDERR_FILENO, text, len); /* /dev is not there yet */
	for (unsigned i = 0; i < state.count; i++) {
		int *fd = &state.console[i].fd;

		state.console[i].dead = false;
		if (*fd >= 0 && write_some(*fd, text, len) == 0)
			continue;
		/* A getty hung the line up (vhangup): our descriptor is dead, the line is not. */
		if (*fd >= 0)
			close(*fd);
		*fd = console_fd(state.console[i].path);
		state.console[i].dead = *fd < 0 || write_some(*fd, text, len) < 0;
	}
}

static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void log_line(enum log_level level, const char *format, ...)
{
	char said[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 64];
	struct timespec now = { 0 };
	va_list ap;

	va_start(ap, format);
	fmt_vtext(said, sizeof(said), format, ap);
	va_end(ap);
	clean(said);

	/*
	 * The consoles get the line from us: what the kernel prints itself may stay in its buffer
	 * until it has more to say (seen with the last line before a long sleep). So that it comes
	 * once, a line that the kernel would print is recorded there as one for debugging.
	 */
	enum log_level recorded = level < state.kernel_level ? LOG_TRACE : level;
	size_t n = fmt_text(line, sizeof(line), "<%u>%s: %s", recorded, state.name, said);
	bool in_kernel_log = state.kmsg >= 0 && write(state.kmsg, line, n) == (ssize_t)n;
	if (level == LOG_TRACE && !state.debug)
		return;
	if (in_kernel_log && recorded < state.kernel_level)
		return;
	(void)syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
	n = fmt_text(line, sizeof(line), "[%5d.%03d] %s: %s\n", (int)now.tv_sec,
		(int)(now.tv_nsec / 1000000), state.name, said);
	to_consoles(line, n);
}

int fail_why(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fmt_vtext(state.reason, sizeof(state.reason), format, ap);
	va_end(ap);
	return -1;
}

int fail_errno(int sys, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	size_t n = fmt_vtext(state.reason, sizeof(state.reason), format, ap);
	va_end(ap);
	fmt_text(state.reason + n, sizeof(state.reason) - n, ": %s", strerror(sys));
	return -1;
}

const char *fail_reason(void)
{
	return state.reason;
}
