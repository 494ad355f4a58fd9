#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/common/sys.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

int console_pair(int fds[2], struct rt_error *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return rt_fail(e, errno, "cannot make a console socket");
	return 0;
}

int console_receive(int fd, struct rt_error *e)
{
	int master = -1;

	if (fds_receive(fd, NULL, 0, &master, 1) < 0 || master < 0)
		return rt_fail(e, errno, "the container sent no terminal");
	return master;
}

int foreground(pid_t pid, int master)
{
	AUTO_FD pidfd = sys_pidfd_open(pid);
	int status = 0;

	(void)pump_run(&(struct pump){ .pidfd = pidfd, .master = master, .in = 0, .out = 1 });
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
