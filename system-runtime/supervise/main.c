/* `system-runtime supervise`: started by PID 1, again and again if need be. */
#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/supervise/inherited.h"
#include "system-runtime/supervise/kernel_option.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

struct supervise_cli {
	const char *containers, *run, *socket;
};

#define SUPERVISE(n, m, h)                                              \
	{                                                               \
		n, 0, OPTION_TEXT, offsetof(struct supervise_cli, m), h \
	}
const struct option_spec supervise_options_table[] = {
	SUPERVISE("containers", containers,
		"the folder with onboot, services, onshutdown (/containers)"),
	SUPERVISE("run", run, "the folder for logs and states of units (/run/supervise)"),
	SUPERVISE("socket", socket, "where svc connects (/run/svc/svc.sock)"),
};
const size_t n_supervise_options = ARRAY_LEN(supervise_options_table);

static void on_signal(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGTERM)
		shutdown_begin(s, EXIT_POWEROFF, "power off");
	else if (info.ssi_signo == SIGINT)
		shutdown_begin(s, EXIT_REBOOT, "reboot");
	else if (info.ssi_signo == SIGUSR1)
		shutdown_begin(s, EXIT_HALT, "halt");
}

static int open_signals(struct supervisor *s, struct rt_error *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN); /* clients that hang up are seen by EPIPE */
	s->signals = (struct watch){ .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
		.ready = on_signal };
	if (s->signals.fd < 0)
		return rt_fail(e, errno, "cannot watch signals");
	return watch_add(s, &s->signals, EPOLLIN, e);
}

static int open_all(struct supervisor *s, struct rt_error *e)
{
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return rt_fail(e, errno, "cannot make an epoll");
	if (mkdirs(AT_FDCWD, s->run) != 0)
		return rt_fail(e, errno, "cannot make %s", s->run);
	s->run_dir = open(s->run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->run_dir < 0)
		return rt_fail(e, errno, "cannot open %s", s->run);
	(void)fchmod(s->run_dir, 0700); /* notify.c counts on it */
	if (open_signals(s, e) != 0 || clock_open(s, e) != 0 || units_scan(s, e) != 0)
		return -1;
	socket_open(s);
	return 0;
}

int cmd_supervise(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	static struct supervisor s;
	const struct supervise_cli *cli = opts;

	(void)argc;
	(void)argv;
	s.containers = cli->containers ? cli->containers : "/containers";
	s.run = cli->run ? cli->run : "/run/supervise";
	s.socket_path = cli->socket ? cli->socket : "/run/svc/svc.sock";
	s.root = g->root;
	s.listeners[0].fd = s.listeners[1].fd = s.init.fd = -1;
	umask(022);
	inherited_find(&s);
	if (open_all(&s, e) != 0)
		return -1;
	cgroups_account();
	volumes_mount(&s);
	init_line_open(&s);
	units_adopt(&s);
	units_by_kernel_options(&s);
	upgrade_reap(&s);
	shutdown_resume(&s);
	do {
		if (loop_run(&s) != 0)
			return rt_fail(e, errno, "cannot wait for events");
		if (s.upgrade)
			upgrade(&s);
	} while (s.phase != PHASE_DONE);
	console("done");
	return s.exit_code;
}
