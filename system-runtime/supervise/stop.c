/* How a unit is made to end. */
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

void unit_kill(struct supervisor *s, struct unit *u, const char *why)
{
	struct rt_error e = { 0 };

	u->killed = true;
	console("%s %s: %s: killed", kind_name(u->kind), u->name, why);
	(void)!container_kill(
		s->root, u->id, SIGKILL, true, &e); /* without a cgroup, the process */
	(void)sys_pidfd_signal(u->pidfd.fd, SIGKILL);
}

/* True as well when it cannot be told: it then has its grace. */
static bool waits_for_signals(pid_t pid)
{
	char path[64], buf[256];

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	return read_small(AT_FDCWD, path, buf, sizeof(buf)) < 0 ||
	       strtol(buf, NULL, 10) == SYS_rt_sigtimedwait;
}

/*
 * The first process of a pid namespace gets no signal that it has no handler for
 * (pid_namespaces(7)): waiting for it would be waiting for nothing. A blocked one may be read with
 * signalfd(2) or by sigwaitinfo(2); within that SigBlk does not show it, so it is looked for on
 * both sides of reading the masks. To be asked before the signal is sent, which wakes it.
 */
bool unit_is_deaf(const struct unit *u, int sig)
{
	char path[64], buf[4096];
	unsigned long long mask = 0;
	struct stat theirs, ours;

	if (sig <= 0 || sig == SIGKILL || sig == SIGSTOP)
		return false; /* from outside these always come through */
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)u->pid);
	if (stat(path, &theirs) != 0 || stat("/proc/self/ns/pid", &ours) != 0 ||
		theirs.st_ino == ours.st_ino)
		return false;
	if (waits_for_signals(u->pid))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)u->pid);
	if (read_small(AT_FDCWD, path, buf, sizeof(buf)) < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		const char *p = strstr(buf, i ? "SigBlk:" : "SigCgt:");
		if (p == NULL)
			return false;
		mask |= strtoull(p + 7, NULL, 16);
	}
	return !(mask >> (sig - 1) & 1) && !waits_for_signals(u->pid);
}

void unit_signal(struct supervisor *s, struct unit *u)
{
	bool deaf = unit_is_deaf(u, u->set.stop_signal);

	(void)sys_pidfd_signal(u->pidfd.fd, u->set.stop_signal); /* gone already: its pidfd tells */
	/* A stopped or frozen process takes no signal but this. */
	(void)sys_pidfd_signal(u->pidfd.fd, SIGCONT);
	if (deaf)
		unit_kill(s, u, "has no handler for its stop signal");
}
