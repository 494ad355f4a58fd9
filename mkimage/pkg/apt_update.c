/* Keeping the index of the private root fresh, and running apt on it. */
#include "base/fd.h"
#include "mkimage/pkg/apt_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { DAY = 24 * 60 * 60 };

struct spawn apt_spawn(struct apt *apt, const char *program)
{
	struct spawn s = { .install = "apt" };
	spawn_arg(apt->mem, &s, program);
	vec_push(apt->mem, &s.env, arena_fmt(apt->mem, "APT_CONFIG=%s", apt->config));
	return s;
}

const char *apt_said(struct arena *a, const struct diags *failed)
{
	enum { SHOWN_MAX = 400 };
	const char *what = failed->first ? failed->first->what : "it does not say why";
	const char *said = strstr(what, "said:\n");
	const char *text = said ? said + 6 : what;
	size_t len = strlen(text);
	char *out = arena_fmt(a, "%.*s%s", SHOWN_MAX, text, len > SHOWN_MAX ? " (and more)" : "");
	for (char *p = out; (p = strchr(p, '\n'));)
		*p = ' ';
	return out;
}

int apt_lock(struct apt *apt, int *fd, struct diags *d)
{
	const char *path = arena_fmt(apt->mem, "%s/lock", apt->root);
	AUTO_FD lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (lock < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	while (flock(lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return fail_sys(d, errno, "cannot lock \"%s\"", path);
	*fd = fd_take(&lock);
	return 0;
}

/*
 * Is there an index, and is it of the last day? The age is the distance of two files' times, the
 * lock's being set to now: nothing else reads a clock. One from the future is old.
 */
static int age_check(struct apt *apt, int lock, bool *there, bool *fresh, struct diags *d)
{
	struct stat now, then;
	if (futimens(lock, NULL) < 0 || fstat(lock, &now) < 0)
		return fail_sys(d, errno, "cannot touch \"%s/lock\"", apt->root);
	*there = stat(arena_fmt(apt->mem, "%s/updated", apt->root), &then) == 0;
	*fresh = *there && then.st_mtime <= now.st_mtime && now.st_mtime - then.st_mtime < DAY;
	return 0;
}

static int stamp(struct apt *apt, struct diags *d)
{
	const char *path = arena_fmt(apt->mem, "%s/updated", apt->root);
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || futimens(fd, NULL) < 0)
		return fail_sys(d, errno, "cannot write \"%s\"", path);
	return 0;
}

int apt_update(struct apt *apt, int lock, bool force, struct diags *d)
{
	bool there = false, fresh = false;
	if (age_check(apt, lock, &there, &fresh, d) < 0)
		return -1;
	if (apt->updated || (fresh && !force))
		return 0;
	apt->updated = true;
	struct spawn s = apt_spawn(apt, "apt-get");
	struct diags quiet;
	diags_init(&quiet, apt->mem);
	spawn_args(apt->mem, &s, "-qq", "update", NULL);
	if (spawn_run(apt->mem, &s, 0, NULL, NULL, &quiet) == 0)
		return stamp(apt, d);
	if (!there)
		return fail(d, KIND_SYSTEM,
			"check the network, and that the machine's own `apt-get update` works",
			"cannot fetch the index of Debian %s: %s", apt->suite,
			apt_said(d->mem, &quiet));
	warn_at(d, (struct pos){ 0 }, NULL,
		"cannot update the index of Debian %s, the one that is there serves: %s",
		apt->suite, apt_said(d->mem, &quiet));
	return 0;
}
