#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/common/sys.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
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

int foreground(pid_t pid, int master, struct rt_error *e)
{
	AUTO_FD pidfd = sys_pidfd_open(pid);
	int status = 0, sys = errno;

	if (pidfd < 0) {
		(void)kill(pid, SIGKILL); /* our child, not yet waited for */
		(void)waitpid(pid, NULL, 0);
		return rt_fail(e, sys, "cannot watch the new process");
	}
	(void)pump_run(&(struct pump){ .pidfd = pidfd, .master = master, .in = 0, .out = 1 });
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int pidfd_connect(const char *path, int *out, struct rt_error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*out = -1;
	if (path == NULL)
		return 0;
	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", path) >= (int)sizeof(a.sun_path))
		return rt_fail(e, ENAMETOOLONG, "--pidfd-socket %s", path);
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return rt_fail(e, errno, "--pidfd-socket %s: cannot connect", path);
	*out = fd_take(&fd);
	return 0;
}

int pidfd_send(int socket, pid_t pid, struct rt_error *e)
{
	static const char what[] = "pidfd";

	if (socket < 0)
		return 0;
	AUTO_FD pidfd = sys_pidfd_open(pid);
	if (pidfd < 0 || fds_send(socket, what, sizeof(what) - 1, &pidfd, 1) < 0)
		return rt_fail(e, errno, "--pidfd-socket: cannot send the pidfd");
	return 0;
}
