/*
 * Folders below the store's tmp/ where other programs work. Each is held by a lock on itself, so
 * that what a killed build left is told from what another one uses.
 */
#include "base/fd.h"
#include "mkimage/pkg/pkg_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { TRIES = 16 };

static const char prefix[] = "work-";

/* A lock on the folder at path, or -1: somebody has it, or it is gone. */
static int folder_lock(const char *path)
{
	struct stat held, named;
	AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &held) < 0 ||
		lstat(path, &named) < 0 || held.st_ino != named.st_ino ||
		held.st_dev != named.st_dev)
		return -1;
	return fd_take(&fd);
}

/* Litter that stays harms nobody: no errors. */
static void clean(struct pkg_build *b, const char *top)
{
	struct diags quiet;
	DIR *dir = opendir(top);
	diags_init(&quiet, b->mem);
	if (!dir)
		return;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (strncmp(e->d_name, prefix, sizeof(prefix) - 1) != 0)
			continue;
		const char *path = arena_fmt(b->mem, "%s/%s", top, e->d_name);
		AUTO_FD lock = folder_lock(path);
		if (lock >= 0)
			(void)!dir_remove(path, &quiet);
	}
	closedir(dir);
}

int pkg_work_open(struct pkg_build *b, struct pkg_work *out, struct diags *d)
{
	char *full = realpath(b->tmp, NULL);
	if (!full)
		return fail_sys(d, errno, "cannot look at \"%s\"", b->tmp);
	const char *top = arena_str(b->mem, full);
	free(full);
	clean(b, top);
	for (unsigned i = 0; i < TRIES; i++) {
		char *path = arena_fmt(b->mem, "%s/%sXXXXXX", top, prefix);
		if (!mkdtemp(path))
			return fail_sys(d, errno, "cannot make a folder below \"%s\"", top);
		/* A cleaner may have taken it for a dead build's before the lock was on it. */
		int lock = folder_lock(path);
		if (lock >= 0) {
			*out = (struct pkg_work){ .path = path, .lock = lock };
			return 0;
		}
	}
	return fail(d, KIND_SYSTEM, NULL, "cannot keep a folder below \"%s\"", top);
}

void pkg_work_close(struct pkg_work *w)
{
	AUTO_ARENA a = arena_new();
	struct diags quiet;
	diags_init(&quiet, a);
	if (w->path)
		(void)!dir_remove(w->path, &quiet);
	fd_drop(&w->lock);
	w->path = NULL;
}
