#include "base/spawn.h"

#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

void spawn_arg(struct arena *a, struct spawn *s, const char *arg)
{
	vec_push(a, &s->argv, arg);
}

void spawn_args(struct arena *a, struct spawn *s, ...)
{
	va_list ap;
	va_start(ap, s);
	for (const char *arg; (arg = va_arg(ap, const char *));)
		vec_push(a, &s->argv, arg);
	va_end(ap);
}

static char **environment(struct arena *a, const struct spawn *s)
{
	struct strings env = { 0 };
	static const char *const kept[] = { "PATH", "HOME", "TERM", "TMPDIR", "http_proxy",
		"https_proxy", "no_proxy", "SOURCE_DATE_EPOCH", "XDG_CACHE_HOME" };
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const char *v = getenv(kept[i]);
		if (v)
			vec_push(a, &env, arena_fmt(a, "%s=%s", kept[i], v));
	}
	vec_push(a, &env, "LC_ALL=C");
	vec_push(a, &env, "TZ=UTC");
	for (size_t i = 0; i < s->env.len; i++)
		vec_push(a, &env, s->env.items[i]);
	vec_push(a, &env, NULL);
	return (char **)(uintptr_t)env.items;
}

/* In the child, between fork and exec. Writes errno to report and ends. */
static NORETURN void child(
	const struct spawn *s, char **argv, char **env, int in, int out, int err, int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (!s->inherit) {
		if (null < 0 || dup2(in >= 0 ? in : null, 0) < 0 ||
			dup2(out >= 0 ? out : null, 1) < 0 || dup2(s->runs_on ? null : err, 2) < 0)
			goto failed;
	}
	for (size_t i = 0; i < s->pass_len; i++) {
		if (fcntl(s->pass[i], F_SETFD, 0) < 0)
			goto failed;
	}
	if (s->cwd && chdir(s->cwd) < 0)
		goto failed;
	signal(SIGPIPE, SIG_DFL);
	environ = env;
	execvp(argv[0], argv);
failed:;
	int e = errno;
	(void)!write(report, &e, sizeof(e)); /* the parent then sees the exit status alone */
	_exit(127);
}

enum { ERR_KEPT = 4096, INPUT_MAX = 4096 }; /* a pipe takes that much without a reader */

struct collector {
	char *out;
	size_t out_len, out_cap, max;
	char err[ERR_KEPT];
	size_t err_len;
	bool too_much;
};

static void keep_err(struct collector *c, const char *p, size_t n)
{
	if (n > ERR_KEPT) {
		p += n - ERR_KEPT;
		n = ERR_KEPT;
	}
	if (c->err_len + n > ERR_KEPT) {
		size_t cut = c->err_len + n - ERR_KEPT;
		memmove(c->err, c->err + cut, c->err_len - cut);
		c->err_len -= cut;
	}
	memcpy(c->err + c->err_len, p, n);
	c->err_len += n;
}

static void keep_out(struct arena *a, struct collector *c, const char *p, size_t n)
{
	if (c->out_len + n > c->max) {
		c->too_much = true;
		return;
	}
	if (c->out_len + n + 1 > c->out_cap) {
		size_t cap = (c->out_len + n + 1) * 2;
		c->out = arena_grow(a, c->out, c->out_len, cap);
		c->out_cap = cap;
	}
	memcpy(c->out + c->out_len, p, n);
	c->out_len += n;
}

static void collect(struct arena *a, struct collector *c, int *out, int *err)
{
	char buf[16384];
	while (*out >= 0 || *err >= 0) {
		struct pollfd p[2] = { { *out, POLLIN, 0 }, { *err, POLLIN, 0 } };
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		int *fds[2] = { out, err };
		for (int i = 0; i < 2; i++) {
			if (*fds[i] < 0 || !p[i].revents)
				continue;
			ssize_t n = read(*fds[i], buf, sizeof(buf));
			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				fd_drop(fds[i]);
			else if (i == 0)
				keep_out(a, c, buf, (size_t)n);
			else
				keep_err(c, buf, (size_t)n);
		}
	}
}

static int wait_for(pid_t pid)
{
	int st = 0;
	while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
}

static int run(struct arena *a, const struct spawn *s, bool want_out, struct collector *c,
	int *status, struct diags *d)
{
	struct strings argv = { 0 };
	for (size_t i = 0; i < s->argv.len; i++)
		vec_push(a, &argv, s->argv.items[i]);
	vec_push(a, &argv, NULL);
	char **env = environment(a, s);

	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, in[2] = { -1, -1 }, report[2];
	if (pipe2(report, O_CLOEXEC) < 0 || (!s->inherit && pipe2(err, O_CLOEXEC) < 0) ||
		(want_out && pipe2(out, O_CLOEXEC) < 0) || (s->input && pipe2(in, O_CLOEXEC) < 0))
		return fail_sys(d, errno, "cannot make a pipe"); /* the process is about to end */

	AUTO_FD in_r = in[0];
	bool given = !s->input || (strlen(s->input) <= INPUT_MAX &&
					  fd_write_all(in[1], s->input, strlen(s->input)) == 0);
	fd_drop(&in[1]);
	pid_t pid = given ? fork() : -1;
	if (pid == 0)
		child(s, (char **)(uintptr_t)argv.items, env, in_r, out[1], err[1], report[1]);
	int fork_error = errno;
	fd_drop(&out[1]);
	fd_drop(&err[1]);
	fd_drop(&report[1]);
	AUTO_FD out_r = out[0];
	AUTO_FD err_r = err[0];
	AUTO_FD report_r = report[0];
	if (pid < 0)
		return fail_sys(d, fork_error, "cannot start \"%s\"", s->argv.items[0]);

	int sys = 0;
	bool failed = fd_read_full(report_r, &sys, sizeof(sys)) == (ssize_t)sizeof(sys);
	if (!failed && !s->inherit && !s->runs_on)
		collect(a, c, &out_r, &err_r);
	*status = s->runs_on && !failed ? (int)pid : wait_for(pid);
	if (!failed)
		return 0;
	if (sys == ENOENT && s->install)
		return fail(d, KIND_SYSTEM,
			arena_fmt(d->mem, "install the Debian package \"%s\"", s->install),
			"the program \"%s\" is missing", s->argv.items[0]);
	return fail_sys(d, sys, "cannot start \"%s\"", s->argv.items[0]);
}

int spawn_status(struct arena *a, const struct spawn *s, int *status, struct diags *d)
{
	struct collector c = { .max = 0 };
	return run(a, s, false, &c, status, d);
}

int spawn_run(struct arena *a, const struct spawn *s, size_t max, char **out, size_t *out_len,
	struct diags *d)
{
	struct collector c = { .max = max };
	int status;
	if (run(a, s, out != NULL, &c, &status, d) < 0)
		return -1;
	if (status != 0) {
		while (c.err_len && (c.err[c.err_len - 1] == '\n' || c.err[c.err_len - 1] == ' '))
			c.err_len--;
		return fail(d, KIND_SYSTEM, NULL, "\"%s\" ended with status %d%s%s",
			s->argv.items[0], status, c.err_len ? " and said:\n" : "",
			c.err_len ? arena_strn(d->mem, c.err, c.err_len) : "");
	}
	if (c.too_much)
		return fail(d, KIND_SYSTEM, NULL, "\"%s\" printed more than %zu bytes",
			s->argv.items[0], max);
	if (out) {
		*out = c.out ? c.out : arena_str(a, "");
		(*out)[c.out_len] = '\0';
		if (out_len)
			*out_len = c.out_len;
	}
	return 0;
}
