/*
 * The supervisor executes its program anew: what stands under its name now. The children stay its
 * own, and so does the line to PID 1; all else it takes over like any new supervisor (adopt.c).
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

/* A probe's end would be news to the next program. */
static void end_probe(struct supervisor *s, struct unit *u)
{
	if (u->probe_pid == 0)
		return;
	(void)sys_pidfd_signal(u->probe.fd, SIGKILL);
	(void)waitpid(u->probe_pid, NULL, 0);
	watch_drop(s, &u->probe);
	u->probe_pid = 0;
	unit_probed(s, u, false);
}

/* The line to PID 1, and what services say meanwhile. */
static void keep(const struct supervisor *s, int flags)
{
	(void)fcntl(s->init.fd, F_SETFD, flags); /* there may be none */
	for (const struct unit *u = s->units; u != NULL; u = u->next)
		(void)fcntl(u->notify.fd, F_SETFD, flags);
}

void upgrade(struct supervisor *s)
{
	static char text[4096];
	char *argv[64];
	size_t n = 0;
	ssize_t len = read_small(AT_FDCWD, "/proc/self/cmdline", text, sizeof(text));

	for (char *p = text; len > 0 && p < text + len && n < ARRAY_LEN(argv) - 1;
		p += strlen(p) + 1)
		argv[n++] = p;
	argv[n] = NULL;
	s->upgrade = false;
	if (n == 0)
		return;
	for (struct unit *u = s->units; u != NULL; u = u->next)
		end_probe(s, u);
	console("executing %s anew", argv[0]);
	keep(s, 0);
	execv(argv[0], argv);
	console("cannot execute it: %s", strerror(errno));
	keep(s, FD_CLOEXEC);
}

static void on_child_end(struct supervisor *s, struct watch *w, uint32_t events)
{
	siginfo_t info;

	(void)events;
	(void)waitid(P_PIDFD, (id_t)w->fd, &info, WEXITED | WNOHANG);
	watch_drop(s, w);
	free(w);
}

static bool is_of_unit(const struct supervisor *s, pid_t pid)
{
	for (const struct unit *u = s->units; u != NULL; u = u->next) {
		if (u->pid == pid || u->probe_pid == pid)
			return true;
	}
	return false;
}

/* What svc exec runs for somebody outlives the program that started it, and is its parent's to
 * reap. */
void upgrade_reap(struct supervisor *s)
{
	char text[4096], *rest = text, *word;
	struct rt_error e;

	if (read_small(AT_FDCWD, "/proc/thread-self/children", text, sizeof(text)) < 0)
		return;
	while ((word = strsep(&rest, " \n")) != NULL) {
		pid_t pid = (pid_t)strtol(word, NULL, 10);
		struct watch *w = NULL;
		if (pid <= 0 || is_of_unit(s, pid) || (w = malloc(sizeof(*w))) == NULL)
			continue;
		*w = (struct watch){ .fd = sys_pidfd_open(pid), .ready = on_child_end };
		if (w->fd < 0 || watch_add(s, w, EPOLLIN, &e) != 0) {
			fd_drop(&w->fd);
			free(w);
		}
	}
}
