#include "system-runtime/container/hooks.h"
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const char state_file[] = "hooks.json";

/* At most a pipe full, so that one who never stops to write is still timed. */
static void read_words(struct hook_words *w, int fd)
{
	char buf[4096];
	ssize_t n;

	for (int i = 0; i < 16 && (n = read(fd, buf, sizeof(buf))) > 0; i++)
		hook_words_add(w, buf, (size_t)n);
}

NORETURN static void hook_main(const struct hook_spec *h, int in, int err)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	const char *none[] = { NULL }, *just_path[] = { h->path, NULL };
	union {
		const char **in;
		char *const *out;
	} argv = { h->args.n > 0 ? h->args.v : just_path }, env = { h->env.v ? h->env.v : none };
	sigset_t set;
	int null = openat(AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC);

	/* A runtime that is killed leaves no hook behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setsid();
	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &dfl, NULL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* Above the three, so that none is overwritten before it is used. */
	in = fcntl(in, F_DUPFD_CLOEXEC, 3);
	err = fcntl(err, F_DUPFD_CLOEXEC, 3);
	if (in < 0 || err < 0 || dup2(in, 0) < 0 || dup2(null >= 0 ? null : err, 1) < 0 ||
		dup2(err, 2) < 0 || sys_cloexec_from(3) != 0)
		_exit(127);
	execve(h->path, argv.out, env.out);
	dprintf(2, "%s", strerror(errno));
	_exit(127);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 0: the process has ended, 1: it took too long. */
static int wait_for(int pidfd, int err, struct opt_int timeout, struct hook_words *w)
{
	struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	int64_t end = now_ms() + timeout.v * 1000;

	for (;;) {
		int64_t left = timeout.set ? end - now_ms() : -1;
		if (timeout.set && left < 0)
			return 1;
		if (poll(p, 2, left > 1 << 30 ? 1 << 30 : (int)left) < 0 && errno != EINTR)
			return 1;
		if (p[1].revents)
			read_words(w, err);
		if (p[1].revents & POLLHUP)
			p[1].fd = -1;
		if (p[0].revents) {
			read_words(w, err);
			return 0;
		}
	}
}

static int run_one(const struct hook_spec *h, int state, struct rt_error *e)
{
	struct sys_clone plain = { .cgroup = -1 };
	struct hook_words w = { { 0 }, 0 };
	int fds[2], status = 0, pidfd_raw = -1;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return rt_fail(e, errno, "cannot make a pipe");
	AUTO_FD err = fds[0];
	AUTO_FD err_write = fds[1];
	if (lseek(state, 0, SEEK_SET) != 0)
		return rt_fail(e, errno, "cannot rewind the state");
	pid_t pid = sys_clone3(&plain, &pidfd_raw);
	if (pid == 0)
		hook_main(h, state, err_write);
	if (pid < 0)
		return rt_fail(e, errno, "cannot clone");
	AUTO_FD pidfd = pidfd_raw;
	fd_drop(&err_write);
	bool late = wait_for(pidfd, err, h->timeout, &w) != 0;
	if (late) {
		(void)kill(-pid, SIGKILL); /* its session, once it has one */
		(void)sys_pidfd_signal(pidfd, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	const char *line = hook_words_last(&w), *colon = line[0] ? ": " : "";
	if (late)
		return rt_fail(e, 0, "%s took longer than %lld seconds%s%s", h->path,
			(long long)h->timeout.v, colon, line);
	if (WIFSIGNALED(status))
		return rt_fail(e, 0, "%s was killed by signal %d%s%s", h->path, WTERMSIG(status),
			colon, line);
	if (WEXITSTATUS(status) != 0)
		return rt_fail(e, 0, "%s failed with status %d%s%s", h->path, WEXITSTATUS(status),
			colon, line);
	return 0;
}

int hooks_run(const hook_vec *hooks, const char *kind, const struct state *s, enum status status,
	struct rt_error *e)
{
	static char buf[300 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	if (hooks->n == 0)
		return 0;
	state_json(&o, s, status, false);
	/* A file in memory rather than a pipe: a hook that does not read cannot hold us up. */
	AUTO_FD state = memfd_create("state", MFD_CLOEXEC);
	if (o.full || state < 0 || write_all(state, buf, o.len) != 0)
		return rt_fail(e, errno, "hooks.%s: cannot write the state for them", kind);
	for (size_t i = 0; i < hooks->n; i++) {
		if (run_one(&hooks->v[i], state, e) != 0)
			return rt_wrap(e, "hooks.%s[%zu]", kind, i);
	}
	return 0;
}

static void write_strv(struct json_out *o, const char *key, const struct strv *v)
{
	jw_open(o, key, '[');
	for (size_t i = 0; i < v->n; i++)
		jw_str(o, NULL, v->v[i]);
	jw_close(o, ']');
}

static void write_hooks(struct json_out *o, const char *key, const hook_vec *hooks)
{
	jw_open(o, key, '[');
	for (size_t i = 0; i < hooks->n; i++) {
		const struct hook_spec *h = &hooks->v[i];
		jw_open(o, NULL, '{');
		jw_str(o, "path", h->path);
		write_strv(o, "args", &h->args);
		write_strv(o, "env", &h->env);
		if (h->timeout.set)
			jw_int(o, "timeout", h->timeout.v);
		jw_close(o, '}');
	}
	jw_close(o, ']');
}

int hooks_save(int dir, const struct hooks_spec *h, struct rt_error *e)
{
	static char buf[256 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	if (h == NULL || (h->poststart.n == 0 && h->poststop.n == 0))
		return 0;
	jw_open(&o, NULL, '{');
	write_hooks(&o, "poststart", &h->poststart);
	write_hooks(&o, "poststop", &h->poststop);
	jw_close(&o, '}');
	if (o.full)
		return rt_fail(e, 0, "hooks: more than %zu bytes", sizeof(buf));
	if (file_replace(dir, state_file, buf, o.len) != 0)
		return rt_fail(e, errno, "hooks: cannot write them down");
	return 0;
}

int hooks_load(int dir, struct mem *m, struct hooks_spec *out, struct rt_error *e)
{
	*out = (struct hooks_spec){ 0 };
	if (faccessat(dir, state_file, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return 0;
	return json_decode_file(m, dir, state_file, &hooks_table, out, e);
}
