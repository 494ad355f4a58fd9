#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/container/hooks.h"
#include "system-runtime/container/creation.h"
#include "system-runtime/container/resctrl.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

const struct create_options create_defaults = {
	.root = STATE_ROOT, .console_fd = -1, .stdio = { -1, -1, -1 }
};

/* For those without device rules and without a cgroup of the caller's choice: one program. */
static const char shared[] = "system-runtime";

static char *behind(char *text)
{
	return text + strlen(text) + 1;
}

static int open_bundle(struct creation *k, struct rt_error *e)
{
	AUTO_FD config = -1;

	k->bundle = k->room;
	k->job.bundle = open_real(k->o->bundle, O_RDONLY | O_DIRECTORY, k->bundle);
	if (k->job.bundle < 0)
		return rt_fail(e, errno, "cannot find the bundle %s", k->o->bundle);
	k->config = behind(k->bundle);
	k->config[0] = '\0';
	if (k->o->config != NULL && (config = open_real(k->o->config, O_PATH, k->config)) < 0)
		return rt_fail(e, errno, "cannot find the config %s", k->o->config);
	if (spec_load_from(&k->c->mem, k->job.bundle, k->o->config ? k->config : NULL, &k->c->spec,
		    e) != 0 ||
		spec_add(&k->c->mem, &k->c->spec, k->o, e) != 0)
		return -1;
	const char *root = k->o->rootfs != NULL ? k->o->rootfs : k->c->spec.root->path;
	k->rootfs = behind(k->config);
	if (snprintf(k->rootfs, PATH_MAX, "%s%s%s", root[0] == '/' ? "" : k->bundle,
		    root[0] == '/' ? "" : "/", root) >= PATH_MAX)
		return rt_fail(e, ENAMETOOLONG, "root.path");
	k->job.rootfs = openat(AT_FDCWD, k->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (k->job.rootfs < 0)
		return rt_fail(e, errno, "root.path: cannot open %s", k->rootfs);
	return 0;
}

static int prepare_job(struct creation *k, struct rt_error *e)
{
	struct job *j = &k->job;
	const struct spec *s = &k->c->spec;

	j->spec = s;
	j->process = s->process;
	k->state.chroot = j->chroot = !(s->linux_->new_namespaces & CLONE_NEWNS);
	if (namespace_of(s, CLONE_NEWNS) == NULL)
		k->state.rootfs_mount = rootfs_mount_id(k->rootfs);
	if (s->process->absent && !k->o->by_socket)
		return rt_fail(e, 0, "config.json: process: is missing: what shall run?");
	j->bundle_path = k->bundle;
	j->rootfs_path = k->rootfs;
	j->user_ns = s->linux_->new_namespaces & CLONE_NEWUSER;
	j->preserve_fds = k->o->preserve_fds;
	j->listen_fds = k->o->listen_fds;
	j->rootless = j->user_ns && geteuid() != 0;
	j->keyring = !k->o->no_new_keyring;
	memcpy(j->stdio, k->o->stdio, sizeof(j->stdio));
	j->mount_fds = mem_array(&k->c->mem, s->mounts.n + 1, sizeof(int));
	j->device_fds = mem_array(&k->c->mem, DEFAULT_DEVICES + s->linux_->devices.n, sizeof(int));
	if (j->mount_fds == NULL || j->device_fds == NULL)
		return rt_fail(e, 0, "config.json: no memory for its mounts");
	j->personality = s->linux_->personality ? s->linux_->personality->value : ~0UL;
	if (mounts_idmap(j, e) != 0 ||
		net_devices_read(&k->c->mem, s->linux_, &j->net_devices, e) != 0 ||
		labels_check(s->process, e) != 0 ||
		console_open(s->process, k->o->console_socket, k->o->console_fd, k->o->console_near,
			&j->console, e) != 0)
		return -1;
	return namespaces_open(j, e);
}

int creation_save(struct creation *k, struct rt_error *e)
{
	const struct spec *s = &k->c->spec;

	k->state.ociVersion = s->ociVersion;
	k->state.bundle = k->bundle;
	k->state.rootfs = k->rootfs;
	k->state.config = k->config[0] ? k->config : NULL;
	k->state.created = k->created;
	k->state.annotations = s->annotations;
	return state_save(k->dir, &k->state, e);
}

static int prepare_cgroup(struct creation *k, struct rt_error *e)
{
	const char *path = k->c->spec.linux_->cgroupsPath;
	const struct resources_spec *r = k->c->spec.linux_->resources;
	bool made, ours = path == NULL || path[0] == '\0';

	k->cgroup = behind(k->rootfs);
	if (path == NULL || path[0] == '\0')
		path = k->o->default_cgroup;
	k->shares_devices = path == NULL && (r == NULL || r->devices.n == 0);
	if (path == NULL)
		snprintf(k->cgroup, PATH_MAX, "%s/%s",
			k->shares_devices ? shared : "system-runtime.devices", k->o->id);
	else if (snprintf(k->cgroup, PATH_MAX, "%s", path + strspn(path, "/")) >= PATH_MAX)
		return rt_fail(e, ENAMETOOLONG, "linux.cgroupsPath");
	if (!k->o->no_cgroup && cgroup_mount() == NULL && errno != ENOENT)
		return rt_fail(e, errno, "cannot look for the cgroup v2 tree");
	/* Written down before it is made: whatever happens, delete knows what to clean. What a
	 * killed creator left at a place of our own choice is ours as well. */
	if (k->o->no_cgroup)
		k->cgroup[0] = '\0';
	k->state.cgroup = k->cgroup;
	k->state.own_cgroup = !k->o->no_cgroup && cgroup_mount() != NULL &&
			      (ours || !cgroup_exists(k->cgroup));
	time_text(k->created, sizeof(k->created));
	if (creation_save(k, e) != 0)
		return -1;
	if (k->o->no_cgroup)
		return 0;
	if (cgroup_make(k->cgroup, &k->cgroup_fd, &made, e) != 0) {
		if (!made)
			k->state.own_cgroup = false; /* it may be another's, with processes in it */
		/* Who has no right to one and asks for nothing goes without. */
		if (!ours || geteuid() == 0 || (e->sys != EACCES && e->sys != EROFS))
			return -1;
		k->state.own_cgroup = false;
		*e = (struct rt_error){ 0 };
	}
	if (k->cgroup_fd < 0)
		k->cgroup[0] = '\0';
	if (cgroup_limit(k->cgroup, k->cgroup_fd, k->c->spec.linux_->resources, e) != 0)
		return -1;
	return cgroup_delegate(k->cgroup_fd, &k->c->spec, e);
}

int creation_limit_devices(struct creation *k, struct rt_error *e)
{
	const struct resources_spec *r = k->c->spec.linux_->resources;

	if (k->cgroup_fd < 0 || (k->shares_devices && cgroup_shares_devices(shared)))
		return 0;
	return cgroup_limit_devices(
		k->cgroup_fd, r != NULL ? r->devices.v : NULL, r != NULL ? r->devices.n : 0, e);
}

int creation_lock(struct creation *k, int r, struct rt_error *e)
{
	if (state_lock(k->dir))
		return r;
	k->claimed = k->state.own_cgroup = false;
	k->state.rdt = NULL;
	k->state.rootfs_mount = 0;
	return rt_fail(e, 0, "container \"%s\" was deleted while it was made", k->o->id);
}

static int run_child(struct creation *k, struct rt_error *e)
{
	struct container *c = k->c;
	pid_t stage = 0;

	if (sync_pair(&c->sync, &k->child_end, e) != 0)
		return -1;
	k->job.sync = k->child_end;
	k->job.sync_parent = c->sync;
	k->job.lock = k->dir;
	if (words_share(&k->job, k->o->by_socket ? k->dir : -1, e) != 0)
		return -1;
	c->words = k->job.words;
	if (k->o->by_socket) {
		k->job.listen = start_socket(k->dir, true, e);
		if (k->job.listen < 0)
			return -1;
	}
	(void)flock(k->dir, LOCK_UN);
	int r = child_spawn(&k->job, k->cgroup_fd, c, &stage, e);
	fd_drop(&k->child_end);
	fd_drop(&k->job.waiting);
	/* While it sets itself up; until we answer it, nothing but our own code runs in it. */
	if (r == 0)
		r = creation_limit_devices(k, e);
	if (r == 0)
		r = creator_attend(c, &k->job, e);
	r = creation_lock(k, r, e);
	if (stage > 0) {
		if (r != 0)
			(void)kill(stage, SIGKILL); /* our child, not yet waited for */
		(void)waitpid(stage, NULL, 0);
	}
	if (r != 0 || resctrl_do(RESCTRL_JOIN, NULL, &k->state, c->pid, e) != 0 ||
		process_limit(c->spec.process, c->pid, e) != 0 ||
		process_oom_score(c->spec.process, c->pid, e) != 0)
		return -1;
	state_identify(&k->state, c->pid, c->pidfd);
	if (creation_save(k, e) != 0)
		return -1;
	if (pid_file_write(k->o->pid_file, c->pid, e) != 0)
		return -1;
	if (!k->o->by_socket)
		return 0;
	/* It dies with us until it says, by its end of file, that it no longer does. */
	struct sync_msg m;
	fd_drop(&k->child_end);
	if (sync_send(c->sync, SYNC_GO, 0, NULL) != 0 || sync_recv(c->sync, &m, 5000) != 0)
		return rt_fail(e, 0, "the container's first process died while it was set up");
	return 0;
}

static void undo(struct creation *k)
{
	struct rt_error ignored; /* what failed first is what the caller hears */

	if (k->c->pid > 0 && k->c->pidfd >= 0) {
		(void)sys_pidfd_signal(k->c->pidfd, SIGKILL);
		(void)waitpid(k->c->pid, NULL, 0);
	}
	if (k->state.own_cgroup && k->cgroup != NULL && k->cgroup[0] != '\0') {
		(void)!cgroup_kill(k->cgroup, &ignored);
		(void)cgroup_wait_empty(k->cgroup, 2000);
		/* What cannot be removed now is remembered: delete --force tries again. */
		if (cgroup_remove(k->cgroup, &ignored) != 0)
			k->claimed = false;
	}
	rootfs_leave(&k->state);
	k->claimed &= resctrl_do(RESCTRL_REMOVE, NULL, &k->state, 0, &ignored) == 0;
	if (k->claimed)
		(void)!state_forget(k->o->root, k->o->id, k->dir, &ignored);
	/* What the first hooks set up, the last ones may have to take down. */
	if (k->claimed && k->c->spec.hooks != NULL)
		(void)!hooks_run(&k->c->spec.hooks->poststop, "poststop", &k->state, STATUS_STOPPED,
			&ignored);
	container_close(k->c);
}

static int create(struct creation *k, struct rt_error *e)
{
	if (state_check_id(k->o->id, e) != 0 || open_bundle(k, e) != 0 || prepare_job(k, e) != 0)
		return -1;
	if (state_claim(k->o->root, k->o->id, &k->dir, e) != 0)
		return -1;
	k->claimed = true;
	const struct rdt_spec *rdt = k->c->spec.linux_->intelRdt;
	if (resctrl_do(RESCTRL_PLAN, rdt, &k->state, 0, e) != 0 || prepare_cgroup(k, e) != 0 ||
		resctrl_do(RESCTRL_MAKE, rdt, &k->state, 0, e) != 0 ||
		seccomp_prepare(&k->job, &k->c->mem, k->dir, e) != 0 ||
		hooks_save(k->dir, k->c->spec.hooks, e) != 0)
		return -1;
	return runs_directly(k) ? run_directly(k, e) : run_child(k, e);
}

int container_create(const struct create_options *o, struct container *c, struct rt_error *e)
{
	static struct creation k; /* large, and one at a time */

	*c = (struct container){ .pidfd = -1, .sync = -1, .dir = -1 };
	memset(&k, 0, offsetof(struct creation, job.exec_path));
	k.o = o;
	k.c = c;
	c->root = o->root;
	c->id = o->id;
	k.dir = k.cgroup_fd = k.child_end = -1;
	k.job.bundle = k.job.rootfs = k.job.sync = k.job.listen = k.job.console = -1;
	k.job.waiting = -1;
	k.job.sync_parent = k.job.lock = k.job.null_fd = k.job.empty_fd = k.job.proc_fd = -1;
	k.job.ns_fds[0] = k.job.seccomp_socket = -1;
	k.job.state = &k.state;
	k.state.id = o->id;
	int r = create(&k, e);
	for (size_t i = 0; k.job.mount_fds != NULL && i < c->spec.mounts.n; i++)
		fd_drop(&k.job.mount_fds[i]);
	if (r != 0)
		undo(&k);
	for (int i = 0; k.job.ns_fds[i] != -1; i++)
		fd_drop(&k.job.ns_fds[i]);
	if (r == 0 && c->started)
		c->dir = fd_take(&k.dir);
	fd_drop(&k.dir);
	fd_drop(&k.cgroup_fd);
	fd_drop(&k.child_end);
	fd_drop(&k.job.bundle);
	fd_drop(&k.job.rootfs);
	fd_drop(&k.job.listen);
	fd_drop(&k.job.waiting);
	fd_drop(&k.job.console);
	fd_drop(&k.job.seccomp_socket);
	if (r == 0 && o->by_socket)
		fd_drop(&c->sync);
	return r;
}
