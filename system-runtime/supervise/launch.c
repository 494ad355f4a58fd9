/* A unit's container is made and started, and its first process watched. */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/supervise/notify.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static void on_process_exit(struct supervisor *s, struct watch *w, uint32_t events)
{
	struct unit *u = w->owner;
	siginfo_t info = { 0 };

	(void)events;
	if (waitid(P_PID, (id_t)u->pid, &info, WEXITED | WNOHANG) != 0) {
		unit_await_status(s, u);
	} else if (info.si_pid != 0) {
		u->exit_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
		unit_event(s, u, EVENT_ENDED);
	}
}

void unit_await_status(struct supervisor *s, struct unit *u)
{
	struct rt_error e;

	/* Another's init says nothing. */
	if (s->init.fd < 0 || u->pid == 0 ||
		(u->pidfd.fd >= 0 && watch_add(s, &u->pidfd, 0, &e) != 0))
		unit_event(s, u, EVENT_ENDED);
	else
		timer_set(&s->timers, &u->untold, now_ms() + UNTOLD_MS);
}

int unit_watch(struct supervisor *s, struct unit *u, int pidfd, pid_t pid, struct rt_error *e)
{
	u->pidfd = (struct watch){ .fd = pidfd, .ready = on_process_exit, .owner = u };
	u->pid = pid;
	return watch_add(s, &u->pidfd, EPOLLIN, e);
}

/* What is left of a former life goes first. */
static int clear_place(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	AUTO_FD left = unit_kill_all(s, u);

	if (left >= 0)
		return rt_fail(e, 0, "processes of its former life have not died yet");
	return container_delete(s->root, u->id, true, e);
}

static int launch(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	struct create_options o = create_defaults;
	struct container c;
	bool binds_ns = false;
	char cgroup[NAME_MAX_UNIT + 32], folder[PATH_MAX], rootfs[PATH_MAX];

	notify_forget(u);
	if (unit_open_log(s, u, e) != 0 || notify_open(s, u, e) != 0 || clear_place(s, u, e) != 0 ||
		bundle_prepare(u, rootfs, sizeof(rootfs), &binds_ns, e) != 0)
		return -1;
	AUTO_FD null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD out = unit_output_end(s, u);
	if (null < 0 || out < 0)
		return rt_fail(e, errno, "cannot open the output");
	snprintf(cgroup, sizeof(cgroup), "%s/%s",
		u->kind == UNIT_SERVICE ? "services" : kind_name(u->kind), u->name);
	o.root = s->root;
	o.id = u->id;
	o.bundle = u->bundle;
	o.rootfs = rootfs[0] ? rootfs : NULL;
	o.default_cgroup = cgroup;
	/* The supervisor is all but exempt from the OOM killer, and its children would be too. */
	o.oom_score = true;
	o.run_now = !binds_ns; /* they are bound before its program runs */
	o.stdio[0] = null;
	o.stdio[1] = o.stdio[2] = out;
	if (u->set.ready_notify) {
		notify_folder(s, u, folder, sizeof(folder));
		o.add_folder = folder;
		o.add_at = "/dev/notify";
		o.add_env = "NOTIFY_SOCKET=/dev/notify/socket";
	}
	if (container_create(&o, &c, e) != 0)
		return -1;
	int r = binds_ns ? bundle_bind_namespaces(u, c.pid, e) : 0;
	if (r == 0)
		r = container_start(&c, e);
	if (r == 0)
		r = unit_watch(s, u, fd_take(&c.pidfd), c.pid, e);
	if (r != 0) {
		(void)sys_pidfd_signal(c.pidfd, SIGKILL); /* it may have ended by itself */
		(void)waitpid(c.pid, NULL, 0);
		u->pid = 0;
	}
	container_close(&c);
	return r;
}

int unit_launch(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	struct rt_error ignored = { 0 };

	if (launch(s, u, e) == 0)
		return 0;
	(void)!container_delete(s->root, u->id, true, &ignored); /* the start's error counts */
	return -1;
}
