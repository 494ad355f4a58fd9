#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/container/exec_process.h"
#include "system-runtime/state/state.h"

#include <signal.h>

struct exec_cli {
	const char *process, *cwd, *user, *pid_file, *console_socket, *pidfd_socket, *cgroup,
		*apparmor, *label;
	struct option_list env, cap, gids;
	unsigned preserve_fds;
	bool tty, detach, no_new_privs, ignore_paused, no_subreaper;
};

#define EXEC(n, l, k, m, h)                              \
	{                                                \
		n, l, k, offsetof(struct exec_cli, m), h \
	}
const struct option_spec exec_options_table[] = {
	EXEC("process", 'p', OPTION_TEXT, process, "a file with the process as in config.json"),
	EXEC("cwd", 0, OPTION_TEXT, cwd, "the working folder"),
	EXEC("env", 'e', OPTION_LIST, env, "NAME=VALUE, again and again"),
	EXEC("user", 'u', OPTION_TEXT, user, "UID[:GID], numbers"),
	EXEC("additional-gids", 'g', OPTION_LIST, gids, "a group more, again and again"),
	EXEC("cap", 'c', OPTION_LIST, cap, "a capability more, again and again"),
	EXEC("apparmor", 0, OPTION_TEXT, apparmor, "refused: see process.apparmorProfile"),
	EXEC("process-label", 0, OPTION_TEXT, label, "refused: see process.selinuxLabel"),
	EXEC("cgroup", 0, OPTION_TEXT, cgroup, "a cgroup below the container's"),
	EXEC("ignore-paused", 0, OPTION_FLAG, ignore_paused,
		"in a paused container: it runs when that is resumed"),
	EXEC("no-subreaper", 0, OPTION_FLAG, no_subreaper, "taken for compatibility"),
	EXEC("pidfd-socket", 0, OPTION_TEXT, pidfd_socket, "a socket that gets the pidfd"),
	EXEC("tty", 't', OPTION_FLAG, tty, "with a terminal"),
	EXEC("detach", 'd', OPTION_FLAG, detach, "do not wait"),
	EXEC("no-new-privs", 0, OPTION_FLAG, no_new_privs, "set noNewPrivileges"),
	EXEC("pid-file", 0, OPTION_TEXT, pid_file, "a file for the pid"),
	EXEC("console-socket", 0, OPTION_TEXT, console_socket, "a socket that gets the terminal"),
	EXEC("preserve-fds", 0, OPTION_NUMBER, preserve_fds, "descriptors from 3 on to keep"),
};
const size_t n_exec_options = ARRAY_LEN(exec_options_table);
_Static_assert(sizeof(struct exec_cli) <= OPTIONS_SIZE, "the option area is too small");

static int wait_exec(
	const struct exec_options *o, const struct exec_cli *cli, int console, struct rt_error *e)
{
	AUTO_FD master = -1, socket = -1;
	pid_t pid;

	if (pidfd_connect(cli->pidfd_socket, &socket, e) != 0 || container_exec(o, &pid, e) != 0)
		return -1;
	if (pidfd_send(socket, pid, e) != 0) {
		(void)kill(pid, SIGKILL); /* our child, not yet waited for */
		return -1;
	}
	if (console >= 0 && (master = console_receive(console, e)) < 0)
		return -1;
	return cli->detach ? 0 : foreground(pid, master, e);
}

int cmd_exec(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct exec_cli *cli = opts;
	struct exec_request r = { .args = (const char *const *)argv + 1,
		.n_args = (size_t)argc - 1,
		.env = cli->env.v,
		.n_env = cli->env.n,
		.groups = cli->gids.v,
		.n_groups = cli->gids.n,
		.caps = cli->cap.v,
		.n_caps = cli->cap.n,
		.cwd = cli->cwd,
		.user = cli->user,
		.process_file = cli->process,
		.terminal = cli->tty,
		.no_new_privs = cli->no_new_privs };
	AUTO_MEM m = { 0 };
	struct process_spec p;
	int pair[2] = { -1, -1 };

	if (cli->apparmor != NULL || cli->label != NULL)
		return rt_fail(e, 0, "exec: a security label is given by --process");
	if (exec_process_load(g->root, argv[0], &r, &m, &p, e) != 0)
		return -1;
	struct exec_options o = { .root = g->root,
		.id = argv[0],
		.process = &p,
		.pid_file = cli->pid_file,
		.console_socket = cli->console_socket,
		.cgroup = cli->cgroup,
		.ignore_paused = cli->ignore_paused,
		.console_fd = -1,
		.stdio = { -1, -1, -1 },
		.preserve_fds = cli->preserve_fds };
	if (p.terminal && cli->console_socket == NULL && !cli->detach) {
		if (console_pair(pair, e) != 0)
			return -1;
		o.console_fd = pair[1];
	}
	return wait_exec(&o, cli, pair[0], e);
}
