/* How a container of the guest ended, from what its supervisor says. */
#include "mkimage/run/run_impl.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 64 << 10, LINE_MAX_ = 512 };

/* "…WHAT3" and the end of a line. */
static bool status_in(const char *text, const char *what, long *status)
{
	bool found = false;
	for (const char *at = text; (at = strstr(at, what)); at += 1) {
		char *end;
		long v = strtol(at + strlen(what), &end, 10);
		if (end == at + strlen(what) || (*end != '\n' && *end != '\r') || v < -1 || v > 255)
			continue;
		*status = v;
		found = true;
	}
	return found;
}

/* A window at a time, each with the end of the one before, so that no line is cut. */
static bool search(int fd, const char *what, long *status)
{
	AUTO_ARENA a = arena_new();
	char *window = arena_alloc(a, WINDOW + 1);
	size_t kept = 0;
	bool found = false;
	for (ssize_t n; (n = read(fd, window + kept, WINDOW - kept)) > 0;) {
		size_t len = kept + (size_t)n;
		for (size_t i = kept; i < len; i++)
			if (!window[i])
				window[i] = ' ';
		window[len] = '\0';
		found |= status_in(window, what, status);
		kept = len < LINE_MAX_ ? len : LINE_MAX_;
		memmove(window, window + len - kept, kept);
	}
	return found;
}

int run_exit_status(const char *log, const char *name, int *status, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	long said = -1;
	AUTO_FD fd = open(log, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", log);
	if (!search(fd, arena_fmt(a, "supervise: exit-on: %s status ", name), &said))
		return fail(d, KIND_SYSTEM, "look at what the console said",
			"the machine ended, and \"%s\" had not", name);
	if (said < 0)
		return fail(d, KIND_SYSTEM, "look at what the console said",
			"\"%s\" could not be started", name);
	*status = (int)said;
	return 0;
}
