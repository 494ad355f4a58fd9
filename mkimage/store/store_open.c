#include "mkimage/store/store_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static int default_path(struct arena *a, const char **out, struct diags *d)
{
	const char *named = getenv("SLIPWAY_STORE");
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	if (named && *named)
		*out = arena_str(a, named);
	else if (cache && cache[0] == '/')
		*out = arena_fmt(a, "%s/slipway/store", cache);
	else if (home && home[0] == '/')
		*out = arena_fmt(a, "%s/.cache/slipway/store", home);
	else
		return fail(d, KIND_USAGE, "set SLIPWAY_STORE to a folder that can be written to",
			"there is no place for the store: neither SLIPWAY_STORE nor HOME is set");
	return 0;
}

int store_lock(struct store *s, const char *name, int how, int *fd, struct diags *d)
{
	AUTO_FD lock = openat(s->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* Another user's store can still be read. */
	if (lock < 0 && how == LOCK_SH && (errno == EACCES || errno == EROFS))
		lock = openat(s->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (lock < 0)
		return fail_sys(d, errno, "cannot open \"%s/%s\"", s->path, name);
	while (flock(lock, how) < 0)
		if (errno != EINTR)
			return fail_sys(d, errno, "cannot lock \"%s/%s\"", s->path, name);
	*fd = fd_take(&lock);
	return 0;
}

int store_open(struct arena *mem, const char *path, struct store **out, struct diags *d)
{
	struct store *s = ARENA_NEW(mem, struct store);
	*s = (struct store){ .mem = mem, .path = path, .dir = -EBADF, .tmp = -EBADF };
	__attribute__((cleanup(store_close))) struct store *open_one = s;
	if (!path && default_path(mem, &s->path, d) < 0)
		return -1;
	if (dir_make(s->path, 0777, d) < 0)
		return fail_ctx(d, "opening the store");
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return fail_sys(d, errno, "cannot open the store \"%s\"", s->path);
	if (store_layout(s, d) < 0)
		return -1;
	s->tmp = openat(s->dir, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->tmp < 0)
		return fail_sys(d, errno, "cannot open \"%s/tmp\"", s->path);
	if (lease_new(s, d) < 0)
		return -1;
	tmp_clean(s);
	open_one = NULL;
	*out = s;
	return 0;
}

void store_close(struct store **s)
{
	if (!*s)
		return;
	lease_free(&(*s)->lease);
	fd_drop(&(*s)->tmp);
	fd_drop(&(*s)->dir);
	*s = NULL;
}

const char *store_path(const struct store *s)
{
	return s->path;
}

int store_folder(
	struct store *s, struct arena *a, const char *name, const char **path, struct diags *d)
{
	const char *full = arena_fmt(a, "%s/%s", s->path, name);
	if (dir_make(full, 0777, d) < 0)
		return -1;
	*path = full;
	return 0;
}
