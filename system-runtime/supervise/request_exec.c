/*
 * exec for a client that has nothing but the socket: its stdio came as descriptors; with a
 * terminal, the master goes back to it the same way.
 */
#include "system-runtime/cli/cli.h"
#include "base/auto_fd.h"
#include "system-runtime/common/pump.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/exec_process.h"
#include "system-runtime/supervise/client.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Outlives its client: a process that is being killed takes its time. */
struct exec_job {
	struct watch process;
	pid_t pid;
	struct client *client; /* NULL: it is gone */
};

static void on_exec_end(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct exec_job *job = w->owner;
	siginfo_t info = { 0 };
	char text[48];

	(void)events;
	if (waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
		return;
	watch_drop(s, w);
	int status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	int n = snprintf(text, sizeof(text), "{\"exit\":%d}\n", status);
	if (job->client != NULL) {
		job->client->exec = NULL;
		client_send(s, job->client, text, (size_t)n);
	}
	free(job);
}

void exec_abandon(struct client *c)
{
	struct exec_job *job = c->exec;

	if (job == NULL)
		return;
	c->exec = NULL;
	job->client = NULL;
	(void)sys_pidfd_signal(job->process.fd, SIGHUP);
	(void)sys_pidfd_signal(job->process.fd, SIGKILL);
}

/* Takes the new process; when it cannot be watched it is killed. */
static int watch_job(
	struct supervisor *s, struct client *c, struct exec_job *job, pid_t pid, struct rt_error *e)
{
	*job = (struct exec_job){ .pid = pid, .client = c };
	job->process = (struct watch){
		.fd = sys_pidfd_open(pid), .ready = on_exec_end, .owner = job
	};
	if (job->process.fd >= 0 && watch_add(s, &job->process, EPOLLIN, e) == 0) {
		c->exec = job;
		return 0;
	}
	int error = errno;
	fd_drop(&job->process.fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return rt_fail(e, error, "cannot watch the new process");
}

static int run(struct supervisor *s, struct client *c, struct exec_options *o, int console,
	struct rt_error *e)
{
	static const char ok[] = "{\"ok\":true}\n";
	struct exec_job *job = malloc(sizeof(*job));
	AUTO_FD master = -1;
	pid_t pid;

	if (job == NULL || container_exec(o, &pid, e) != 0) {
		free(job);
		return job == NULL ? rt_fail(e, ENOMEM, "exec") : -1;
	}
	if (watch_job(s, c, job, pid, e) != 0) {
		free(job);
		return -1;
	}
	if (!o->process->terminal) {
		client_send(s, c, ok, sizeof(ok) - 1);
		return 0;
	}
	master = console_receive(console, e);
	if (master >= 0 && fds_send(c->socket.fd, ok, sizeof(ok) - 1, &master, 1) < 0)
		fd_drop(&master);
	if (master >= 0)
		return 0;
	exec_abandon(c);
	return rt_fail(e, errno, "cannot hand over the terminal");
}

int request_exec(struct supervisor *s, struct client *c, const char *const *args, size_t n,
	const char *id, bool tty, struct rt_error *e)
{
	struct exec_request r = { .args = args, .n_args = n, .terminal = tty };
	AUTO_MEM m = { 0 };
	struct process_spec p;
	int pair[2] = { -1, -1 };

	if (c->exec != NULL)
		return rt_fail(e, 0, "this connection runs a program already");
	if (n == 0)
		return rt_fail(e, 0, "the request names no program");
	if (!tty && (c->fds[0] < 0 || c->fds[1] < 0 || c->fds[2] < 0))
		return rt_fail(e, 0, "exec needs three descriptors with the request");
	if (exec_process_load(s->root, id, &r, &m, &p, e) != 0)
		return -1;
	if (!p.oomScoreAdj.set)
		p.oomScoreAdj = (struct opt_int){ .set = true }; /* 0: not the supervisor's */
	struct exec_options o = { .root = s->root,
		.id = id,
		.process = &p,
		.console_fd = -1,
		.stdio = { c->fds[0], c->fds[1], c->fds[2] } };
	if (tty && console_pair(pair, e) != 0)
		return -1;
	o.console_fd = pair[1];
	int result = run(s, c, &o, pair[0], e);
	fd_drop(&pair[0]);
	fd_drop(&pair[1]);
	for (int i = 0; i < 3; i++)
		fd_drop(&c->fds[i]);
	return result;
}
