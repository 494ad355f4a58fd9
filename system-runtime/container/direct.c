#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/cgroup.h"
#include "system-runtime/container/creation.h"

#include <sched.h>
#include <sys/file.h>

/* The sanitizer keeps books about the stack, and would find the child's in the parent's. */
#if defined(__SANITIZE_ADDRESS__)
static const bool can_share = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool can_share = false;
#else
static const bool can_share = true;
#endif
#else
static const bool can_share = true;
#endif

/* The kernel's own filesystems, whose mounts wait for no server and no other process. */
static bool is_memory(const char *type)
{
	static const char *const types[] = { "proc", "tmpfs", "sysfs", "devpts", "mqueue", "cgroup",
		"cgroup2" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

/* Nobody can stop waiting for a process that shares his memory, so what may hang needs messages. */
static bool may_hang(const struct spec *s)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		if (s->mounts.v[i].from != MOUNT_FS || !is_memory(s->mounts.v[i].type))
			return true;
	}
	return false;
}

/*
 * In a pid namespace of its own nobody sees the first process before it executes, and who is root
 * on the host needs no trick. Another user's processes could look into one that has become theirs
 * where fs.suid_dumpable allows it, so that must be root's. A killed creator leaves what its cgroup
 * names.
 */
bool runs_directly(const struct creation *k)
{
	const struct spec *s = &k->c->spec;
	const struct linux_spec *l = s->linux_;
	const uint64_t own = CLONE_NEWNS | CLONE_NEWPID, asked = CLONE_NEWUSER | CLONE_NEWTIME;

	return can_share && k->o->run_now && geteuid() == 0 && s->process->user->uid == 0 &&
	       k->state.own_cgroup && k->cgroup_fd >= 0 && (l->new_namespaces & own) == own &&
	       (l->new_namespaces & asked) == 0 && !l->joins && s->hooks == NULL &&
	       l->intelRdt == NULL && k->job.net_devices == NULL && !s->process->terminal &&
	       k->job.filter.listener_path == NULL && !may_hang(s);
}

int run_directly(struct creation *k, struct rt_error *e)
{
	static struct rt_error words; /* written by the child */
	struct container *c = k->c;
	struct job *j = &k->job;
	char before[offsetof(struct job, exec_path)];

	if (creation_limit_devices(k, e) != 0)
		return -1;
	words = (struct rt_error){ 0 };
	j->direct = j->filtered = true;
	j->words = &words;
	j->lock = k->dir;
	(void)flock(k->dir, LOCK_UN);
	/* The child's descriptors are no numbers of ours. */
	memcpy(before, j, sizeof(before));
	int r = child_spawn_shared(j, k->cgroup_fd, c, e);
	bool executed = j->executed;
	memcpy(j, before, sizeof(before));
	for (size_t i = 0; i < c->spec.mounts.n; i++)
		j->mount_fds[i] = -1;
	if (r == 0)
		r = words_heard(&words, e);
	if (r == 0 && !executed)
		r = rt_fail(e, 0, "the container's first process died while it was set up");
	if (creation_lock(k, r, e) != 0)
		return -1;
	state_identify(&k->state, c->pid, c->pidfd);
	if (creation_save(k, e) != 0 || pid_file_write(k->o->pid_file, c->pid, e) != 0)
		return -1;
	(void)flock(k->dir, LOCK_UN);
	c->started = true;
	c->state = &k->state;
	return 0;
}

/* The state is what this process wrote, so it need not be read again. */
int container_end(struct container *c, struct rt_error *e)
{
	if (c->started && !state_lock(c->dir))
		return 0; /* somebody else was quicker */
	if (c->started && cgroup_remove_empty(c->state->cgroup))
		return state_forget(c->root, c->id, c->dir, e);
	fd_drop(&c->dir); /* and with it the lock */
	return container_delete(c->root, c->id, true, e);
}
