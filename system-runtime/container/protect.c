/* maskedPaths, readonlyPaths and sysctl. */
#include "base/auto_fd.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#define RESOLVE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)

/*
 * Attaches the helper mount, or, when it is in use already, a clone of it: one empty filesystem and
 * one null device serve all masks. A detached mount cannot be cloned before Linux 6.15, an attached
 * one can.
 */
static int attach_helper(int helper, bool *used, int target)
{
	if (!*used) {
		*used = true;
		return mount_attach(helper, target);
	}
	AUTO_FD copy = sys_open_tree(helper, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	return copy < 0 ? -1 : mount_attach(copy, target);
}

static int mask(struct job *j, int root, const char *path, bool used[2], struct rt_error *e)
{
	struct stat st;
	AUTO_FD target = sys_openat2(root, path, O_PATH | O_CLOEXEC, 0, RESOLVE);

	if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target < 0 || fstat(target, &st) != 0)
		return rt_fail(e, errno, "cannot open %s", path);
	bool folder = S_ISDIR(st.st_mode);
	if (attach_helper(folder ? j->empty_fd : j->null_fd, &used[folder], target) != 0)
		return rt_fail(e, errno, "cannot hide %s", path);
	return 0;
}

static int make_readonly(int root, const char *path, struct rt_error *e)
{
	AUTO_FD target = sys_openat2(root, path, O_PATH | O_CLOEXEC, 0, RESOLVE);

	if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target < 0)
		return rt_fail(e, errno, "cannot open %s", path);
	AUTO_FD copy = sys_open_tree(target, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
	if (copy < 0 || mount_fd_attr(copy, MOUNT_ATTR_RDONLY, 0, true) != 0 ||
		mount_attach(copy, target) != 0)
		return rt_fail(e, errno, "cannot make %s read-only", path);
	return 0;
}

int paths_protect(struct job *j, int root, struct rt_error *e)
{
	const struct linux_spec *l = j->spec->linux_;
	bool used[2] = { false, false };

	for (size_t i = 0; i < l->readonlyPaths.n; i++) {
		if (make_readonly(root, l->readonlyPaths.v[i], e) != 0)
			return rt_wrap(e, "linux.readonlyPaths[%zu]", i);
	}
	for (size_t i = 0; i < l->maskedPaths.n; i++) {
		if (mask(j, root, l->maskedPaths.v[i], used, e) != 0)
			return rt_wrap(e, "linux.maskedPaths[%zu]", i);
	}
	return 0;
}

/* "net.ipv4.ip_forward" is sys/net/ipv4/ip_forward; a key with slashes keeps its dots (sysctl(8)).
 */
static int sysctl_path(const char *key, char *out, size_t size)
{
	bool slashes = strchr(key, '/') != NULL;
	int n = snprintf(out, size, "sys/%s", key);

	if (n < 0 || (size_t)n >= size)
		return -1;
	for (char *c = out; !slashes && *c != '\0'; c++)
		*c = *c == '.' ? '/' : *c;
	return 0;
}

int sysctl_write(struct job *j, struct rt_error *e)
{
	const struct linux_spec *l = j->spec->linux_;
	char path[256];

	for (size_t i = 0; i < l->sysctl.n; i++) {
		const struct pair *p = &l->sysctl.v[i];
		if (sysctl_path(p->key, path, sizeof(path)) != 0)
			return rt_fail(e, ENAMETOOLONG, "linux.sysctl: %.64s", p->key);
		/* Our own procfs, which nobody else can mount over (CVE-2025-52881). */
		AUTO_FD fd = sys_openat2(j->proc_fd, path, O_WRONLY | O_CLOEXEC, 0,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
		size_t len = strlen(p->value);
		if (fd < 0 || write(fd, p->value, len) != (ssize_t)len)
			return rt_fail(e, errno, "linux.sysctl: cannot set \"%s\" to \"%.64s\"",
				p->key, p->value);
	}
	return 0;
}
