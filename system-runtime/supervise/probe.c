/*
 * Is it ready, is it well: a probe is a process of its own, so that whatever it asks may hang. It
 * joins the network of the container, or looks into its root, or is a program in it.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/exec_process.h"
#include "system-runtime/supervise/supervise.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { AGAIN_FIRST_MS = 20, AGAIN_MOST_MS = 1000 };

static int connect_local(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 b = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr.s6_addr[15] = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&b, sizeof(b)) == 0 ? fd : -1;
}

/* "A.B.C.D", or "localhost", which is tried in both families. */
static int connect_host(const char *host, size_t len, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	uint32_t ip = 0, part = 0;

	if (len == 9 && memcmp(host, "localhost", 9) == 0)
		return connect_local(port);
	for (size_t i = 0; i < len; i++) {
		if (host[i] == '.') {
			ip = ip << 8 | part;
			part = 0;
		} else if (host[i] >= '0' && host[i] <= '9') {
			part = part * 10 + (uint32_t)(host[i] - '0');
		} else {
			return -1;
		}
	}
	a.sin_addr.s_addr = htonl(ip << 8 | part);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? fd : -1;
}

/* RFC 9112: a status from 200 to 399. */
static int ask_http(const char *url)
{
	char text[1024];
	const char *host = url + strlen("http://");
	size_t len = strcspn(host, ":/"), n = 0;
	unsigned long port = host[len] == ':' ? strtoul(host + len + 1, NULL, 10) : 80;
	const char *path = strchr(host, '/');
	int fd = connect_host(host, len, (unsigned)port);
	int size = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: slipway\r\nConnection: close\r\n\r\n",
		path ? path : "/", (int)strcspn(host, "/"), host);

	if (fd < 0 || size >= (int)sizeof(text) ||
		send(fd, text, (size_t)size, MSG_NOSIGNAL) != size)
		return 1;
	while (n < 13) {
		ssize_t got = recv(fd, text + n, sizeof(text) - n, 0);
		if (got <= 0)
			return 1;
		n += (size_t)got;
	}
	return memcmp(text, "HTTP/1.", 7) == 0 && (text[9] == '2' || text[9] == '3') ? 0 : 1;
}

static int see_file(const struct unit *u)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)u->pid);
	AUTO_FD root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD file = root < 0 ? -1
				: sys_openat2(root, u->set.ready_file, O_PATH | O_CLOEXEC, 0,
					  RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	return file < 0;
}

_Noreturn static void probe_main(const struct unit *u, bool health)
{
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!health && u->set.ready_file != NULL)
		_exit(see_file(u));
	if (setns(u->pidfd.fd, CLONE_NEWNET) != 0)
		_exit(1);
	_exit(health ? ask_http(u->set.health_http) : connect_local(u->set.ready_tcp) < 0);
}

static int run_command(
	struct supervisor *s, struct unit *u, const char *list, pid_t *pid, struct rt_error *e)
{
	AUTO_MEM m = { 0 }, words = { 0 };
	AUTO_FD null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct process_spec p;
	struct strv args;

	if (json_list(&words, list, &args, e) != 0)
		return -1;
	struct exec_request r = { .args = args.v, .n_args = args.n };
	if (null < 0 || exec_process_load(s->root, u->id, &r, &m, &p, e) != 0)
		return -1;
	if (!p.oomScoreAdj.set)
		p.oomScoreAdj = (struct opt_int){ .set = true };
	struct exec_options o = { .root = s->root,
		.id = u->id,
		.process = &p,
		.console_fd = -1,
		.stdio = { null, null, null } };
	return container_exec(&o, pid, e);
}

static void on_end(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;
	siginfo_t info = { 0 };

	(void)events;
	if (waitid(P_PID, (id_t)u->probe_pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
		return;
	watch_drop(s, w);
	u->probe_pid = 0;
	unit_probed(s, u, info.si_code == CLD_EXITED && info.si_status == 0);
}

static bool run(struct supervisor *s, struct unit *u, bool health)
{
	const char *command = health ? u->set.health_command : u->set.ready_command;
	struct sys_clone args = { .cgroup = -1 };
	struct rt_error e = { 0 };
	pid_t pid = -1;

	if (command != NULL) {
		if (run_command(s, u, command, &pid, &e) != 0)
			return false;
	} else {
		pid = sys_clone3(&args, NULL);
		if (pid == 0)
			probe_main(u, health);
	}
	if (pid < 0)
		return false;
	u->probe_pid = pid;
	u->probe = (struct watch){ .fd = sys_pidfd_open(pid), .ready = on_end, .owner = u };
	if (u->probe.fd >= 0 && watch_add(s, &u->probe, EPOLLIN, &e) == 0)
		return true;
	(void)kill(pid, SIGKILL); /* our child, not yet waited for */
	(void)waitpid(pid, NULL, 0);
	watch_drop(s, &u->probe);
	u->probe_pid = 0;
	return false;
}

/* Time for the next probe, or too late for the one that runs. */
void unit_probe(struct supervisor *s, struct unit *u)
{
	bool health = u->state == UNIT_RUNNING;

	if (u->probe_pid != 0) {
		(void)sys_pidfd_signal(u->probe.fd, SIGKILL); /* its end counts as a failure */
		return;
	}
	timer_set(
		&s->timers, &u->probing, now_ms() + (health ? u->set.health_ms : u->set.ready_ms));
	if (!run(s, u, health))
		unit_probed(s, u, false);
}

void unit_probe_again(struct supervisor *s, struct unit *u)
{
	u->probe_wait_ms = u->probe_wait_ms == 0 ? AGAIN_FIRST_MS : u->probe_wait_ms * 2;
	if (u->probe_wait_ms > AGAIN_MOST_MS)
		u->probe_wait_ms = AGAIN_MOST_MS;
	timer_set(&s->timers, &u->probing, now_ms() + u->probe_wait_ms);
}

void unit_probe_stop(struct supervisor *s, struct unit *u)
{
	timer_clear(&s->timers, &u->probing);
	if (u->probe_pid != 0)
		(void)sys_pidfd_signal(u->probe.fd, SIGKILL);
}
