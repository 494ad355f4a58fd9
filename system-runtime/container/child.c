/*
 * The container's first process between clone and execve.
 *
 * The order, and why:
 *   1. isolate: before anything else nobody may trace us or keep us alive without a parent
 *   2. id maps: files and capabilities mean nothing in a new user namespace before
 *   3. cgroup namespace: its root is the cgroup that clone put us in, so not in the same clone
 *   4. detached mounts: sources are names of the host, which pivot_root makes unreachable
 *   5. the root filesystem's mount, attach, devices, terminal, masks: below its descriptor
 *      (RESOLVE_IN_ROOT), so that no name can lead out of it
 *   6. hooks: prestart and createRuntime by the creator, createContainer here; the spec wants them
 *      before pivot_root, with all mounts in place
 *   7. pivot_root: from here on no path can lead to the host
 *   8. sysctls, names; read-only and propagation last, since the steps before create mount points
 *   9. ready, wait for start, limits are set from outside; startContainer hooks
 */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/hooks.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

void child_fail(struct job *j, struct rt_error *e)
{
	if (j->filtered && j->words != NULL)
		*j->words = *e;
	else
		(void)!sync_send(
			j->sync, SYNC_ERROR, 0, e); /* a parent that is gone asks nothing */
	_exit(1);
}

int child_isolate(struct job *j, struct rt_error *e)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	fd_drop(&j->sync_parent);
	fd_drop(&j->lock);
	/* What is not dumpable belongs to root in /proc; get_id_maps makes up for it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
		(!j->rootless && prctl(PR_SET_DUMPABLE, 0) != 0))
		return rt_fail(e, errno, "cannot isolate the new process");
	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &dfl, NULL); /* KILL, STOP and libc's own refuse: as wanted */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* An anonymous session keyring: the caller's keys stay the caller's. */
	if (j->keyring && syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL) < 0 &&
		errno != ENOSYS)
		return rt_fail(e, errno, "cannot join a new session keyring");
	return 0;
}

static int get_id_maps(struct job *j, struct rt_error *e)
{
	struct sync_msg m;

	if (!j->user_ns)
		return 0;
	if ((j->spec->linux_->new_namespaces & CLONE_NEWUSER) &&
		(sync_send(j->sync, SYNC_MAPS, 0, NULL) != 0 || sync_recv(j->sync, &m, -1) != 1))
		return rt_fail(e, errno, "the parent is gone before the id maps");
	if (syscall(SYS_setresgid, 0, 0, 0) != 0 || syscall(SYS_setresuid, 0, 0, 0) != 0)
		return rt_fail(e, errno,
			"cannot become user 0 of the user namespace "
			"(linux.uidMappings must map container id 0)");
	/* Changing ids made us dumpable and forgot the parent's death (prctl(2)). */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return rt_fail(e, errno, "cannot isolate the new process");
	return 0;
}

static int get_devices(struct job *j, struct rt_error *e)
{
	struct sync_msg m;

	if (j->net_devices == NULL)
		return 0;
	if (sync_send(j->sync, SYNC_DEVICES, 0, NULL) != 0 || sync_recv(j->sync, &m, -1) != 1)
		return rt_fail(e, errno, "the parent is gone before the network devices");
	return net_devices_set_up(j->spec->linux_, j->net_devices, e);
}

static int set_names(const struct spec *s, struct rt_error *e)
{
	if (s->hostname != NULL && sethostname(s->hostname, strlen(s->hostname)) != 0)
		return rt_fail(e, errno, "cannot set hostname \"%s\"", s->hostname);
	if (s->domainname != NULL && setdomainname(s->domainname, strlen(s->domainname)) != 0)
		return rt_fail(e, errno, "cannot set domainname \"%s\"", s->domainname);
	return 0;
}

/* Hooks in the container's namespaces: before pivot_root, or with start. */
static int run_hooks(struct job *j, const hook_vec *hooks, const char *kind, enum status status,
	struct rt_error *e)
{
	struct state s = *j->state;

	s.pid = (struct opt_int){ .v = j->self, .set = true };
	return hooks_run(hooks, kind, &s, status, e);
}

static int hooks_before_pivot(struct job *j, struct rt_error *e)
{
	const struct hooks_spec *h = j->spec->hooks;
	struct sync_msg m;

	if (h == NULL || h->prestart.n + h->createRuntime.n + h->createContainer.n == 0)
		return 0;
	if (sync_send(j->sync, SYNC_HOOKS, 0, NULL) != 0 || sync_recv(j->sync, &m, -1) != 1)
		return rt_fail(e, errno, "the parent is gone before the hooks");
	j->self = m.pid;
	return run_hooks(j, &h->createContainer, "createContainer", STATUS_CREATING, e);
}

static int set_up(struct job *j, struct rt_error *e)
{
	AUTO_FD root = -1;

	if (child_isolate(j, e) != 0 || get_id_maps(j, e) != 0)
		return -1;
	if ((j->spec->linux_->new_namespaces & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) != 0)
		return rt_fail(e, errno, "cannot make a cgroup namespace");
	if (setsid() < 0)
		return rt_fail(e, errno, "cannot start a session");
	umask(0);
	if (j->direct && process_oom_score(j->process, 0, e) != 0)
		return -1;
	if (get_devices(j, e) != 0 || mounts_make(j, e) != 0 || rootfs_mount(j, &root, e) != 0)
		return -1;
	if (mounts_attach(j, root, e) != 0 || devices_create(j, root, e) != 0 ||
		terminal_open(j, root, e) != 0 || paths_protect(j, root, e) != 0 ||
		hooks_before_pivot(j, e) != 0 || rootfs_enter(j, root, e) != 0 ||
		sysctl_write(j, e) != 0 || set_names(j->spec, e) != 0 ||
		rootfs_finish(j, root, e) != 0 || executable_find(j, e) != 0)
		return -1;
	return 0;
}

/* After this, j->sync is the connection of whoever starts us. */
static int wait_for_start(struct job *j, struct rt_error *e)
{
	struct sync_msg m;

	if (sync_send(j->sync, SYNC_READY, 0, NULL) != 0)
		_exit(1);
	if (j->listen >= 0) {
		int c;
		/* Until the creator has written down who we are, we die with it: nobody else could
		 * find us. */
		if (sync_recv(j->sync, &m, -1) != 1 || m.kind != SYNC_GO)
			_exit(1);
		if (prctl(PR_SET_PDEATHSIG, 0) != 0)
			return rt_fail(e, errno, "cannot outlive the creator");
		/* The creator waits for our end of file to know that it may go. */
		close(j->sync);
		do {
			c = accept4(j->listen, NULL, NULL, SOCK_CLOEXEC);
		} while (c < 0 && (errno == EINTR || errno == ECONNABORTED));
		if (c < 0)
			return rt_fail(e, errno, "cannot accept the start request");
		j->sync = c;
	}
	if (sync_recv(j->sync, &m, -1) != 1 || m.kind != SYNC_GO)
		_exit(1);
	j->self = m.pid;
	return 0;
}

void child_main(struct job *j)
{
	struct rt_error e = { 0 };

	if (set_up(j, &e) != 0)
		child_fail(j, &e);
	/* With a socket pair the end of file tells; see wait_for_start for the other case. */
	if (j->listen < 0 && prctl(PR_SET_PDEATHSIG, 0) != 0)
		child_fail(j, &e);
	if (j->direct ? process_limit(j->process, 0, &e) != 0 : wait_for_start(j, &e) != 0)
		child_fail(j, &e);
	if (j->spec->hooks != NULL && run_hooks(j, &j->spec->hooks->startContainer,
					      "startContainer", STATUS_CREATED, &e) != 0)
		child_fail(j, &e);
	process_exec(j, &e);
	child_fail(j, &e);
}
