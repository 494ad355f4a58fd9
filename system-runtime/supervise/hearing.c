#include "system-runtime/supervise/hearing.h"

#include "system-runtime/common/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* True as well when it cannot be told: it then has its grace. */
static bool waits_for_signals(pid_t pid)
{
	char path[64], buf[256];

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	return read_small(AT_FDCWD, path, buf, sizeof(buf)) < 0 ||
	       strtol(buf, NULL, 10) == SYS_rt_sigtimedwait;
}

static bool is_first_of_namespace(pid_t pid)
{
	char path[64];
	struct stat theirs, ours;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(path, &theirs) == 0 && stat("/proc/self/ns/pid", &ours) == 0 &&
	       theirs.st_ino != ours.st_ino;
}

static bool in_mask(const char *status, const char *name, int sig)
{
	const char *p = strstr(status, name);

	return p != NULL && strtoull(p + strlen(name), NULL, 16) >> (sig - 1) & 1;
}

/*
 * Within sigwaitinfo(2) SigBlk does not show what is waited for, so it is looked for on both sides
 * of reading the masks.
 */
enum hearing hearing_of(pid_t pid, int sig)
{
	char path[64], status[4096];

	if (sig <= 0 || sig == SIGKILL || sig == SIGSTOP)
		return HEARS; /* from outside these always come through */
	if (!is_first_of_namespace(pid) || waits_for_signals(pid))
		return HEARS;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (read_small(AT_FDCWD, path, status, sizeof(status)) < 0 ||
		strstr(status, "SigCgt:") == NULL || in_mask(status, "SigCgt:", sig) ||
		waits_for_signals(pid))
		return HEARS;
	return in_mask(status, "SigBlk:", sig) ? HEARING_UNSURE : DEAF;
}
