#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int dir_make(const char *path, mode_t mode, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char *p = arena_str(a, path);
	for (char *slash = strchr(p + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(p, mode) < 0 && errno != EEXIST)
			return fail_sys(d, errno, "cannot make the folder \"%s\"", p);
		if (!slash)
			break;
		*slash = '/';
		if (!slash[1])
			break;
	}
	return 0;
}

/* Takes dir, an open folder. */
static int empty_dir(int dir, const char *path, struct diags *d)
{
	DIR *list = fdopendir(dir);
	if (!list) {
		int e = errno;
		close(dir);
		return fail_sys(d, e, "cannot list \"%s\"", path);
	}
	int rc = 0;
	for (struct dirent *e; rc == 0 && (e = readdir(list));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(list), e->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM) {
			rc = fail_sys(d, errno, "cannot remove \"%s/%s\"", path, e->d_name);
			break;
		}
		int sub = openat(
			dirfd(list), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			rc = fail_sys(d, errno, "cannot open \"%s/%s\"", path, e->d_name);
		else
			rc = empty_dir(sub, path, d);
		if (rc == 0 && unlinkat(dirfd(list), e->d_name, AT_REMOVEDIR) < 0)
			rc = fail_sys(d, errno, "cannot remove \"%s/%s\"", path, e->d_name);
	}
	closedir(list);
	return rc;
}

int dir_remove(const char *path, struct diags *d)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0)
		return fail_sys(d, errno, "cannot open \"%s\"", path);
	if (empty_dir(dir, path, d) < 0)
		return -1;
	if (rmdir(path) < 0)
		return fail_sys(d, errno, "cannot remove \"%s\"", path);
	return 0;
}
