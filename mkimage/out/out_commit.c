#include "mkimage/out/out_impl.h"

#include "base/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

/* linkat cannot replace: an unnamed file first gets a name of its own, then takes the target's. */
static int name_it(struct out *o)
{
	char self[40];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", o->fd);
	if (linkat(AT_FDCWD, self, o->folder, o->name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	const char *temp = out_temp_name(o->mem, o->name, arena_fmt(o->mem, "%ld", (long)getpid()));
	/* What an earlier process of our number may have left. */
	(void)unlinkat(o->folder, temp, 0);
	if (linkat(AT_FDCWD, self, o->folder, temp, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	o->temp = temp;
	if (renameat(o->folder, temp, o->folder, o->name) < 0)
		return -1; /* out_drop takes the name away */
	o->temp = NULL;
	return 0;
}

static int commit(struct out **to, bool sync, struct diags *d)
{
	/* The caller's pointer is empty from here on, whatever happens. */
	AUTO_OUT o = *to;
	*to = NULL;
	if (!o->name)
		return fail(d, KIND_BUG, NULL, "a temporary file was to be named");
	if (out_flush(o, d) < 0)
		return -1;
	/* Late write errors (a full disk, a lost network file system) show here. */
	if (sync && fsync(o->fd) < 0 && errno != EINVAL)
		return out_write_failed(o, errno, d);

	/* A signal between the two names would leave the first. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int rc = 0;
	if (!o->temp)
		rc = name_it(o);
	else if ((rc = renameat(o->folder, o->temp, o->folder, o->name)) == 0)
		o->temp = NULL;
	int sys = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc < 0)
		return fail_sys(d, sys, "cannot give \"%s\" its name", o->path);
	return 0;
}

int out_commit(struct out **to, struct diags *d)
{
	return commit(to, true, d);
}

int out_commit_unsynced(struct out **to, struct diags *d)
{
	return commit(to, false, d);
}
