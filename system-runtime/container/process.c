/* The last steps before the program runs, the same for the first process and for exec. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *env_of(const struct process_spec *p, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < p->env.n; i++) {
		if (strncmp(p->env.v[i], name, n) == 0 && p->env.v[i][n] == '=')
			return p->env.v[i] + n + 1;
	}
	return NULL;
}

static bool is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static int check_executable(const char *path, struct rt_error *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return rt_fail(e, errno, "exec: \"%s\": stat %s", path, path);
	if (S_ISDIR(st.st_mode))
		return rt_fail(e, EISDIR, "exec: \"%s\"", path);
	/* For its user it may still be too little: execve will say. */
	return access(path, X_OK) == 0 ? 0 : rt_fail(e, errno, "exec: \"%s\"", path);
}

/* Engines look for these words in the message. */
int executable_find(struct job *j, struct rt_error *e)
{
	const char *name = j->process->absent ? NULL : j->process->args.v[0];
	const char *path = env_of(j->process, "PATH");

	if (name == NULL)
		return 0;
	if (name[0] == '\0')
		return rt_fail(e, 0, "process.args[0]: is empty");
	if (strchr(name, '/') != NULL) {
		if (snprintf(j->exec_path, sizeof(j->exec_path), "%s", name) >=
			(int)sizeof(j->exec_path))
			return rt_fail(e, ENAMETOOLONG, "process.args[0]");
		/* A relative one counts from cwd, which is entered later: execve will say. */
		return name[0] == '/' ? check_executable(name, e) : 0;
	}
	if (path == NULL)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	while (*path != '\0') {
		size_t n = strcspn(path, ":");
		int len = snprintf(j->exec_path, sizeof(j->exec_path), "%.*s/%s", n ? (int)n : 1,
			n ? path : ".", name);
		if (len < (int)sizeof(j->exec_path) && is_executable(j->exec_path))
			return 0;
		path += n + (path[n] == ':');
	}
	return rt_fail(e, 0, "exec: \"%s\": executable file not found in $PATH", name);
}

/* Moves what shall be 0, 1, 2 out of each other's way, then into place. */
static int set_stdio(struct job *j, struct rt_error *e)
{
	for (int i = 0; i < 3; i++) {
		if (j->stdio[i] >= 0 && j->stdio[i] < 3 && j->stdio[i] != i) {
			j->stdio[i] = fcntl(j->stdio[i], F_DUPFD_CLOEXEC, 3);
			if (j->stdio[i] < 0)
				return rt_fail(e, errno, "cannot keep stdio");
		}
	}
	for (int i = 0; i < 3; i++) {
		struct stat st;
		int fd = j->stdio[i];
		if (fd < 0)
			continue;
		/* Programs that reopen /dev/stdout need the right to, whatever their user. */
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
			(void)!fchown(fd, j->process->user->uid, j->process->user->gid);
		if (fd == i ? fcntl(fd, F_SETFD, 0) != 0 : dup2(fd, i) < 0)
			return rt_fail(e, errno, "cannot set stdio");
	}
	return 0;
}

static int enter_cwd(const char *cwd, struct rt_error *e)
{
	char where[PATH_MAX];

	if (chdir(cwd) != 0)
		return rt_fail(e, errno, "process.cwd: cannot go to %s", cwd);
	/* A folder outside the root, reached by a leaked descriptor, has no path from here
	 * (CVE-2024-21626). The kernel's word, since a libc may make up a path of its own. */
	if (syscall(SYS_getcwd, where, sizeof(where)) < 0 || where[0] != '/')
		return rt_fail(e, 0, "process.cwd: %s lies outside of the container", cwd);
	return 0;
}

/* HOME is what shells and ssh look for, LISTEN_FDS what socket activation does (the program is
 * then process 1); everything else is the config's business. */
static const char **environment(const struct job *j, const char **room, size_t size)
{
	static char listen_fds[32];
	const struct process_spec *p = j->process;
	size_t n = p->env.n;

	if (n + 4 > size)
		return p->env.v;
	for (size_t i = 0; i < n; i++)
		room[i] = p->env.v[i];
	if (env_of(p, "HOME") == NULL)
		room[n++] = p->user->uid == 0 ? "HOME=/root" : "HOME=/";
	if (j->listen_fds > 0) {
		snprintf(listen_fds, sizeof(listen_fds), "LISTEN_FDS=%u", j->listen_fds);
		room[n++] = listen_fds;
		room[n++] = "LISTEN_PID=1";
	}
	room[n] = NULL;
	return room;
}

int process_exec(struct job *j, struct rt_error *e)
{
	static const char *none[1], *room[512];
	const struct process_spec *p = j->process;
	union {
		const char **in;
		char *const *out;
	} argv = { p->args.v }, envp = { environment(j, room, ARRAY_LEN(room)) };

	if (envp.in == NULL)
		envp.in = none;
	if (set_stdio(j, e) != 0)
		return -1;
	if (p->absent) {
		dprintf(2, "system-runtime: config.json: process: is missing: nothing runs\n");
		_exit(0);
	}
	/* Before the ids change, with the power to enter; a private folder of the user's is tried
	 * again after. */
	bool later = enter_cwd(p->cwd, e) != 0;
	if (later && e->sys != EACCES)
		return -1;
	umask(p->user->umask.set ? (mode_t)p->user->umask.v : 022);
	if (sys_cloexec_from(3 + j->preserve_fds) != 0)
		return rt_fail(e, errno, "cannot close descriptors");
	if (j->personality != ~0UL && syscall(SYS_personality, j->personality) < 0)
		return rt_fail(e, errno, "linux.personality: cannot set it");
	if (j->spec != NULL && memory_policy(j->spec->linux_->memoryPolicy, e) != 0)
		return -1;
	if (labels_apply(p, e) != 0)
		return -1;
	if (j->spec != NULL && landlock_apply(&j->spec->annotations, e) != 0)
		return -1;
	if (credentials_drop(j, e) != 0 || (later && enter_cwd(p->cwd, e) != 0))
		return -1;
	if (j->filter.n > 0 && p->noNewPrivileges && seccomp_apply(j, e) != 0)
		return -1;
	j->executed = true;
	execve(j->exec_path, argv.out, envp.out);
	return rt_fail(e, errno, "exec: \"%s\"", p->args.v[0]);
}

int process_limit(const struct process_spec *p, pid_t pid, struct rt_error *e)
{
	for (size_t i = 0; i < p->rlimits.n; i++) {
		const struct rlimit_spec *r = &p->rlimits.v[i];
		struct rlimit l = { .rlim_cur = r->soft, .rlim_max = r->hard };
		if (prlimit(pid, r->resource, &l, NULL) != 0)
			return rt_fail(e, errno, "process.rlimits[%zu]: cannot set %s", i, r->type);
	}
	return process_schedule(p, pid, e);
}

int process_oom_score(const struct process_spec *p, pid_t pid, struct rt_error *e)
{
	char path[48] = "/proc/self/oom_score_adj", text[16];

	if (!p->oomScoreAdj.set)
		return 0;
	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	snprintf(text, sizeof(text), "%d", (int)p->oomScoreAdj.v);
	if (file_write(AT_FDCWD, path, text) != 0)
		return rt_fail(e, errno, "process.oomScoreAdj: cannot set it");
	return 0;
}
