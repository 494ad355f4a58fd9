#include "init/spawn.h"

#include "init/fmt.h"
#include "init/line.h"
#include "init/log.h"
#include "init/sysfile.h"
#include "init/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* The supervisor is as good as never killed for memory, but before PID 1; it gives containers a
 * value of their own. */
#define SUPERVISOR_OOM "-900"

enum { EXIT_EXEC = 127, LINE_FD = 3 };

struct program {
	const char *const *argv;
	const char *terminal; /* NULL: standard descriptors as they are, and no controlling one */
	const char *oom_score_adj;
	int line; /* negative: none */
};

static void take_terminal(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY);

	if (fd < 0)
		return;
	(void)ioctl(fd, TIOCSCTTY, 0); /* without it the shell has no job control, that is all */
	for (int std = 0; std <= 2; std++)
		if (std != fd)
			(void)dup2(fd, std);
	if (fd > 2)
		close(fd);
}

_Noreturn static void become(const struct program *p)
{
	char consoles[300];
	const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TERM=linux",
		p->line >= 0 ? "SLIPWAY_INIT=3" : NULL, consoles, NULL };

	(void)setsid();
	wait_release();
	(void)sysfile_write("/proc/self/oom_score_adj", p->oom_score_adj);
	/* dup3 to itself would fail, and dup2 would keep O_CLOEXEC. */
	if (p->line == LINE_FD)
		(void)fcntl(LINE_FD, F_SETFD, 0);
	else if (p->line >= 0)
		(void)dup2(p->line, LINE_FD);
	if (p->line >= 0)
		line_pass_kept();
	size_t n = fmt_text(consoles, sizeof(consoles), "SLIPWAY_CONSOLES=");
	log_consoles(consoles + n, sizeof(consoles) - n);
	if (p->terminal)
		take_terminal(p->terminal);
	execve(p->argv[0], (char *const *)(uintptr_t)p->argv, (char *const *)(uintptr_t)env);
	log_line(LOG_ERROR, "starting %s: %s", p->argv[0], strerror(errno));
	_exit(EXIT_EXEC);
}

pid_t process_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static pid_t spawn(const struct program *p)
{
	if (access(p->argv[0], X_OK) < 0)
		return fail_errno(errno, "%s", p->argv[0]);
	pid_t pid = process_fork();
	if (pid == 0)
		become(p);
	return pid > 0 ? pid : fail_errno(errno, "no process for %s", p->argv[0]);
}

pid_t spawn_supervisor(int line)
{
	static const char *const argv[] = { SUPERVISOR, "supervise", NULL };
	struct program p = { argv, NULL, SUPERVISOR_OOM, line };

	return spawn(&p);
}

pid_t spawn_shell(void)
{
	static const char *const argv[] = { "/bin/sh", "-i", NULL };
	struct program p = { argv, log_console(), "0", -1 };

	return spawn(&p);
}
