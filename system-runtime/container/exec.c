/*
 * exec: a process joins the container's namespaces by its pidfd (one setns(2), no path) and clones
 * the program's process beside itself, since a pid namespace is entered only by being born in it.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/container/job.h"
#include "system-runtime/container/resctrl.h"
#include "system-runtime/state/state.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct joining {
	struct job job;
	int pidfd, cgroup;
	int root;	/* of a container without a mount namespace of its own, or negative */
	int namespaces; /* CLONE_NEW* that differ from ours */
};

static const struct {
	const char *name;
	int flag;
} kinds[] = {
	{ "user", CLONE_NEWUSER },
	{ "mnt", CLONE_NEWNS },
	{ "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP },
	{ "time", CLONE_NEWTIME },
};

static int find_namespaces(struct joining *k, pid_t pid, struct rt_error *e)
{
	char path[64];
	struct stat theirs, ours;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kinds[i].name);
		if (stat(path, &theirs) != 0 && errno == ENOENT)
			continue; /* a kernel without this kind */
		if (stat(path, &theirs) != 0)
			return rt_fail(e, errno, "cannot look at the container's namespaces");
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		if (stat(path, &ours) != 0)
			return rt_fail(e, errno, "cannot look at our namespaces");
		if (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev)
			k->namespaces |= kinds[i].flag;
	}
	k->job.user_ns = k->namespaces & CLONE_NEWUSER;
	return 0;
}

/* The container's personality is that of its first process. */
static unsigned long personality_of(pid_t pid)
{
	char path[48], text[32];

	snprintf(path, sizeof(path), "/proc/%d/personality", (int)pid);
	return read_small(AT_FDCWD, path, text, sizeof(text)) > 0 ? strtoul(text, NULL, 16) : ~0UL;
}

static int open_root(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int set_up_program(struct job *j, struct rt_error *e)
{
	int slave;
	struct sync_msg m;

	if (child_isolate(j, e) != 0)
		return -1;
	if (setsid() < 0)
		return rt_fail(e, errno, "cannot start a session");
	if (j->process->terminal) {
		if (pty_open(j, -1, &slave, e) != 0)
			return -1;
		for (int i = 0; i < 3; i++)
			j->stdio[i] = slave;
	}
	if (executable_find(j, e) != 0)
		return -1;
	if (sync_send(j->sync, SYNC_READY, 0, NULL) != 0 || sync_recv(j->sync, &m, -1) != 1)
		_exit(1);
	j->self = m.pid;
	/* The pid is known outside: from here on it may outlive the caller (--detach). */
	if (prctl(PR_SET_PDEATHSIG, 0) != 0)
		return rt_fail(e, errno, "cannot outlive the caller");
	return 0;
}

NORETURN static void program_main(struct job *j)
{
	struct rt_error e = { 0 };

	if (set_up_program(j, &e) == 0)
		process_exec(j, &e);
	child_fail(j, &e);
}

NORETURN static void join_main(struct joining *k)
{
	struct rt_error e = { 0 };
	/* In the cgroup already: it may be the container's own, and closed to whoever has joined.
	 */
	struct sys_clone args = { .flags = CLONE_PARENT, .cgroup = -1 };
	pid_t pid = -1;

	const struct affinity_spec *a = k->job.process->execCPUAffinity;
	if (child_isolate(&k->job, &e) != 0 ||
		(a != NULL && process_affinity(a->initial, 0, "initial", &e) != 0))
		child_fail(&k->job, &e);
	if (k->namespaces != 0 && setns(k->pidfd, k->namespaces) != 0) {
		(void)rt_fail(&e, errno, "cannot join the container's namespaces");
		child_fail(&k->job, &e);
	}
	if (k->root >= 0 && (fchdir(k->root) != 0 || chroot(".") != 0 || chdir("/") != 0)) {
		(void)rt_fail(&e, errno, "cannot enter the container's root");
		child_fail(&k->job, &e);
	}
	pid = sys_clone3(&args, NULL);
	if (pid == 0)
		program_main(&k->job);
	if (pid < 0) {
		(void)rt_fail(&e, errno, "cannot clone into the container");
		child_fail(&k->job, &e);
	}
	_exit(sync_send(k->job.sync, SYNC_PID, pid, NULL) == 0 ? 0 : 1);
}

static int attend(const struct exec_options *o, const struct joining *k, int sync, pid_t *pid,
	struct rt_error *e)
{
	struct sync_msg m;
	bool ready = false;

	for (;;) {
		int r = sync_recv(sync, &m, o->ignore_paused || (ready && *pid > 0) ? -1 : 60000);
		if (r < 0)
			return rt_fail(e, errno, "exec: the new process does not answer");
		if (r == 0)
			/* The end of file after the go is execve's. */
			return ready && *pid > 0 ? words_heard(k->job.words, e)
						 : rt_fail(e, 0, "exec: the new process died");
		if (m.kind == SYNC_ERROR) {
			m.error.what[sizeof(m.error.what) - 1] = '\0';
			*e = m.error;
			return -1;
		}
		if (m.kind == SYNC_PID)
			*pid = m.pid;
		ready |= m.kind == SYNC_READY;
		if (ready && *pid > 0) {
			const struct affinity_spec *a = o->process->execCPUAffinity;
			struct state s = *k->job.state;
			if (process_limit(o->process, *pid, e) != 0 ||
				resctrl_do(RESCTRL_JOIN, NULL, &s, *pid, e) != 0 ||
				process_oom_score(o->process, *pid, e) != 0 ||
				(a != NULL && process_affinity(a->final, *pid, "final", e) != 0) ||
				pid_file_write(o->pid_file, *pid, e) != 0)
				return -1;
			if (sync_send(sync, SYNC_GO, *pid, NULL) != 0)
				return rt_fail(e, 0, "exec: the new process died");
		}
	}
}

static int launch(const struct exec_options *o, struct joining *k, pid_t *pid, struct rt_error *e)
{
	struct sys_clone args = { .cgroup = k->cgroup };
	AUTO_FD sync = -1, child = -1;

	if (words_share(&k->job, -1, e) != 0 || sync_pair(&sync, &child, e) != 0)
		return -1;
	k->job.sync = child;
	k->job.sync_parent = sync;
	pid_t stage = sys_clone3(&args, NULL);
	if (stage == 0)
		join_main(k);
	if (stage < 0)
		return rt_fail(e, errno, "cannot clone");
	fd_drop(&child);
	*pid = 0;
	int r = attend(o, k, sync, pid, e);
	(void)waitpid(stage, NULL, 0);
	if (r != 0 && *pid > 0) {
		(void)kill(*pid, SIGKILL); /* our child, not yet waited for */
		(void)waitpid(*pid, NULL, 0);
	}
	return r;
}

/* The cgroup that the program starts in; negative: the container has none. */
static int open_cgroup(const struct state *s, const char *below, int *out, struct rt_error *e)
{
	AUTO_FD top = s->cgroup[0] ? cgroup_open(s->cgroup, NULL, O_RDONLY | O_DIRECTORY) : -1;

	if (below != NULL && below[strspn(below, "/")] != '\0') {
		int fd = top < 0 ? -1
				 : sys_openat2(top, below + strspn(below, "/"),
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_BENEATH);
		if (fd < 0)
			return rt_fail(e, errno, "--cgroup: container \"%s\" has no cgroup %s",
				s->id, below);
		*out = fd;
		return 0;
	}
	*out = fd_take(&top);
	return 0;
}

int container_exec(const struct exec_options *o, pid_t *pid, struct rt_error *e)
{
	static struct joining k; /* large, and one at a time */
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 }, profile = { 0 };
	struct state s;

	memset(&k, 0, sizeof(k));
	if (state_open(o->root, o->id, &dir, e) != 0 || state_read(dir, o->id, &m, &s, e) != 0)
		return -1;
	enum status st = state_status(dir, &s);
	if (st != STATUS_RUNNING && !(st == STATUS_PAUSED && o->ignore_paused))
		return rt_fail(
			e, 0, "cannot exec in container \"%s\": it is %s", o->id, status_name(st));
	AUTO_FD pidfd = state_pidfd(&s);
	if (pidfd < 0)
		return rt_fail(e, 0, "container \"%s\" has just stopped", o->id);
	AUTO_FD cgroup = -1;
	if (open_cgroup(&s, o->cgroup, &cgroup, e) != 0)
		return -1;
	if (filter_open(dir, &profile, &k.job.filter, e) != 0)
		return -1;
	/* The lock: what waits from here on shall not hold up who asks for the state, or ends it.
	 */
	fd_drop(&dir);
	AUTO_FD console = -1;
	if (console_open(o->process, o->console_socket, o->console_fd, NULL, &console, e) != 0 ||
		filter_connect(&k.job.filter, &k.job.seccomp_socket, e) != 0)
		return -1;
	AUTO_FD listener __attribute__((unused)) = k.job.seccomp_socket;
	k.job.state = &s;
	k.job.process = o->process;
	k.job.personality = personality_of((pid_t)s.pid.v);
	if (labels_check(o->process, e) != 0)
		return -1;
	k.job.bundle = k.job.rootfs = k.job.listen = k.job.lock = -1;
	k.job.console = console;
	k.job.preserve_fds = o->preserve_fds;
	memcpy(k.job.stdio, o->stdio, sizeof(k.job.stdio));
	k.pidfd = pidfd;
	AUTO_FD root = s.chroot ? open_root((pid_t)s.pid.v) : -1;
	if (s.chroot && root < 0)
		return rt_fail(e, errno, "cannot open the container's root");
	k.root = root;
	k.cgroup = cgroup;
	if (find_namespaces(&k, (pid_t)s.pid.v, e) != 0)
		return -1;
	int r = launch(o, &k, pid, e);
	words_close(k.job.words);
	return r;
}
