#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/state/state.h"

#include <limits.h>
#include <signal.h>

struct create_cli {
	const char *bundle, *config, *pid_file, *console_socket, *pidfd_socket;
	unsigned preserve_fds;
	bool no_pivot, no_new_keyring, no_subreaper, keep, detach;
};

#define CREATE(n, l, k, m, h)                              \
	{                                                  \
		n, l, k, offsetof(struct create_cli, m), h \
	}
const struct option_spec create_options_table[] = {
	CREATE("bundle", 'b', OPTION_TEXT, bundle, "the bundle's folder (.)"),
	CREATE("config", 'f', OPTION_TEXT, config, "instead of BUNDLE/config.json"),
	CREATE("pid-file", 0, OPTION_TEXT, pid_file, "a file for the pid"),
	CREATE("console-socket", 0, OPTION_TEXT, console_socket, "a socket that gets the terminal"),
	CREATE("pidfd-socket", 0, OPTION_TEXT, pidfd_socket, "a socket that gets the pidfd"),
	CREATE("preserve-fds", 0, OPTION_NUMBER, preserve_fds, "descriptors from 3 on to keep"),
	CREATE("no-pivot", 0, OPTION_FLAG, no_pivot, "refused: there is no other way in"),
	CREATE("no-new-keyring", 0, OPTION_FLAG, no_new_keyring,
		"keep the caller's session keyring"),
	CREATE("no-subreaper", 0, OPTION_FLAG, no_subreaper, "taken for compatibility"),
	CREATE("keep", 0, OPTION_FLAG, keep, "run: do not delete at the end"),
	CREATE("detach", 'd', OPTION_FLAG, detach, "run: do not wait"),
};
const size_t n_create_options = ARRAY_LEN(create_options_table);

/* How many descriptors from 3 on the caller was given to pass on: sd_listen_fds(3). */
static unsigned listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	char *end;

	if (pid == NULL || n == NULL || *n < '0' || *n > '9' ||
		strtoul(pid, NULL, 10) != (unsigned long)getpid())
		return 0;
	unsigned long count = strtoul(n, &end, 10);
	return *end == '\0' && count < 1024 ? (unsigned)count : 0;
}

static int fill(const struct global_options *g, const struct create_cli *c, const char *id,
	struct create_options *o, struct rt_error *e)
{
	if (c->no_pivot)
		return rt_fail(e, 0, "--no-pivot: is not carried out: chroot is no boundary");
	*o = create_defaults;
	o->root = g->root;
	o->id = id;
	o->bundle = c->bundle ? c->bundle : ".";
	o->config = c->config;
	o->no_cgroup = g->no_cgroup;
	o->pid_file = c->pid_file;
	o->console_socket = c->console_socket;
	o->listen_fds = listen_fds();
	o->preserve_fds = c->preserve_fds + o->listen_fds;
	o->no_new_keyring = c->no_new_keyring;
	return 0;
}

/* Creates, and hands the pidfd to who asked for it; on failure nothing is left. */
static int create(const struct global_options *g, const struct create_cli *cli,
	const struct create_options *o, struct container *c, struct rt_error *e)
{
	struct rt_error later;
	AUTO_FD socket = -1;

	if (pidfd_connect(cli->pidfd_socket, &socket, e) != 0 || container_create(o, c, e) != 0)
		return -1;
	if (pidfd_send(socket, c->pid, e) == 0)
		return 0;
	container_close(c);
	(void)!container_delete(g->root, o->id, true, &later);
	return -1;
}

int cmd_create(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	struct create_options o;
	struct container c;

	(void)argc;
	if (fill(g, opts, argv[0], &o, e) != 0)
		return -1;
	o.by_socket = true;
	if (create(g, opts, &o, &c, e) != 0)
		return -1;
	container_close(&c);
	return 0;
}

static int start_and_wait(
	const struct create_cli *cli, struct container *c, int console, struct rt_error *e)
{
	struct rt_error later = { 0 };
	AUTO_FD master = -1;
	int status = -1;

	if (console >= 0 && (master = console_receive(console, e)) < 0)
		return -1;
	if (container_start(c, e) == 0) {
		if (cli->detach)
			return 0;
		status = foreground(c->pid, master, e);
	}
	/* A container that did not start is not kept either. */
	if (status >= 0 && cli->keep)
		return status;
	int r = container_end(c, &later);
	if (status >= 0)
		*e = later; /* of a poststop hook, too, which changes no status */
	return r != 0 ? -1 : status;
}

int cmd_run(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct create_cli *cli = opts;
	struct create_options o;
	struct container c;
	int console = -1;

	(void)argc;
	if (fill(g, cli, argv[0], &o, e) != 0)
		return -1;
	if (o.console_socket == NULL && !cli->detach)
		o.console_near = &console;
	o.run_now = cli->pidfd_socket == NULL;
	if (create(g, cli, &o, &c, e) != 0)
		return -1;
	int r = start_and_wait(cli, &c, console, e);
	container_close(&c);
	return r;
}

int cmd_start(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	(void)opts;
	(void)argc;
	return container_start_by_socket(g->root, argv[0], e);
}

struct kill_cli {
	bool all;
};
const struct option_spec kill_options_table[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct kill_cli, all),
		"to every process of the container" },
};
const size_t n_kill_options = ARRAY_LEN(kill_options_table);

int cmd_kill(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct kill_cli *cli = opts;
	int sig = argc > 1 ? signal_number(argv[1]) : SIGTERM;

	if (sig < 0)
		return rt_fail(e, 0, "there is no signal \"%s\"", argv[1]);
	return container_kill(g->root, argv[0], sig, cli->all, e);
}

struct delete_cli {
	bool force;
};
const struct option_spec delete_options_table[] = {
	{ "force", 'f', OPTION_FLAG, offsetof(struct delete_cli, force), "kill it first" },
};
const size_t n_delete_options = ARRAY_LEN(delete_options_table);

int cmd_delete(
	const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	const struct delete_cli *cli = opts;
	int r = 0;

	for (int i = 0; i < argc; i++) {
		struct rt_error one = { 0 };
		if (container_delete(g->root, argv[i], cli->force, &one) != 0)
			r = -1;
		if (e->what[0] == '\0')
			*e = one; /* the first is told */
	}
	return r;
}

int cmd_state(const struct global_options *g, void *opts, int argc, char **argv, struct rt_error *e)
{
	static char buf[300 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state s;

	(void)opts;
	(void)argc;
	if (state_open(g->root, argv[0], &dir, e) != 0 || state_read(dir, argv[0], &m, &s, e) != 0)
		return -1;
	state_json(&o, &s, state_status(dir, &s), true);
	if (o.full)
		return rt_fail(e, 0, "the state of \"%s\" is too large", argv[0]);
	puts(buf);
	return fflush(stdout) == 0 ? 0 : rt_fail(e, errno, "cannot write");
}
