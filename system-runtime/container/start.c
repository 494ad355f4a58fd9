#include "base/auto_fd.h"
#include "system-runtime/container/hooks.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

/* execve closes the child's end of the socket; an error comes as a message, or is in words. */
static int go(int sync, pid_t pid, const struct rt_error *words, struct rt_error *e)
{
	struct sync_msg m;

	if (sync_send(sync, SYNC_GO, pid, NULL) != 0)
		return rt_fail(e, 0, "the container's first process is gone");
	int r = sync_recv(sync, &m, -1);
	if (r < 0)
		return rt_fail(e, errno, "cannot hear from the container's first process");
	if (r > 0 && m.kind == SYNC_ERROR) {
		m.error.what[sizeof(m.error.what) - 1] = '\0';
		*e = m.error;
		return -1;
	}
	return words_heard(words, e);
}

/* A poststart hook that fails takes the container down (runtime spec 1.3, "Lifecycle"). */
static int poststart(const char *root, const char *id, const hook_vec *hooks, const struct state *s,
	struct rt_error *e)
{
	struct rt_error ignored;

	if (hooks_run(hooks, "poststart", s, STATUS_RUNNING, e) == 0)
		return 0;
	if (container_kill(root, id, SIGKILL, true, &ignored) != 0)
		(void)!container_kill(root, id, SIGKILL, false, &ignored);
	return -1;
}

int container_start(struct container *c, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state s;

	if (c->started)
		return 0;
	int r = go(c->sync, c->pid, c->words, e);

	fd_drop(&c->sync);
	if (r != 0 || c->spec.hooks == NULL || c->spec.hooks->poststart.n == 0)
		return r;
	if (state_open(c->root, c->id, &dir, e) != 0 || state_read(dir, c->id, &m, &s, e) != 0)
		return -1;
	fd_drop(&dir); /* and with it the lock: hooks may ask for the state */
	return poststart(c->root, c->id, &c->spec.hooks->poststart, &s, e);
}

/* What the first process left in STATE_WAITING; the file is empty when there is no profile. */
static int read_words(int dir, struct rt_error *words, struct rt_error *e)
{
	AUTO_FD fd = openat(dir, STATE_WAITING, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return 0; /* deleted meanwhile */
	if (fd < 0 || read(fd, words, sizeof(*words)) < 0)
		return rt_fail(e, errno, "cannot read what the first process says");
	return 0;
}

int container_start_by_socket(const char *root, const char *id, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 }, hm = { 0 };
	struct hooks_spec hooks;
	struct state s;

	if (state_open(root, id, &dir, e) != 0 || state_read(dir, id, &m, &s, e) != 0 ||
		hooks_load(dir, &hm, &hooks, e) != 0)
		return -1;
	enum status st = state_status(dir, &s);
	if (st != STATUS_CREATED)
		return rt_fail(e, 0, "cannot start container \"%s\": it is %s, not created", id,
			status_name(st));
	AUTO_FD sync = start_socket(dir, false, e);
	if (sync < 0 && e->sys == ENOENT)
		return rt_fail(e, 0, "cannot start container \"%s\": it is being started", id);
	if (sync < 0)
		return -1;
	/* One start is enough. Without its go the first process ends, should anything fail here. */
	if (unlinkat(dir, STATE_START, 0) != 0)
		return rt_fail(e, errno, "cannot remove the start socket of \"%s\"", id);
	/* From here on the lock would hold up who asks for the state, hooks among them, or ends
	 * what does not start. */
	(void)flock(dir, LOCK_UN);
	struct rt_error words = { 0 };
	if (go(sync, (pid_t)s.pid.v, NULL, e) != 0 || read_words(dir, &words, e) != 0 ||
		words_heard(&words, e) != 0)
		return -1;
	return poststart(root, id, &hooks.poststart, &s, e);
}

void container_close(struct container *c)
{
	fd_drop(&c->sync);
	fd_drop(&c->pidfd);
	fd_drop(&c->dir);
	words_close(c->words);
	c->words = NULL;
	mem_close(&c->mem);
}
