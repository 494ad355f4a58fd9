/*
 * uid_map and gid_map of a new user namespace (user_namespaces(7)). Who may not write them directly
 * may map one id, their own; more go through newuidmap(1) and newgidmap(1), which know /etc/subuid.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

#include <fcntl.h>
#include <sys/wait.h>

enum { HELPER_MAPS_MAX = 100, NUMBER = 12 };

/* newuidmap PID CONTAINER HOST SIZE ... */
static int run_helper(const char *path, pid_t pid, const struct id_mapping *m, size_t n)
{
	static char words[3 * HELPER_MAPS_MAX + 1][NUMBER];
	char *argv[3 * HELPER_MAPS_MAX + 3], *env[] = { NULL }, name[32];
	struct sys_clone plain = { .cgroup = -1 };
	int status = 0;

	if (n > HELPER_MAPS_MAX || access(path, X_OK) != 0)
		return -1;
	snprintf(name, sizeof(name), "%s", path);
	snprintf(words[0], NUMBER, "%d", (int)pid);
	argv[0] = name;
	argv[1] = words[0];
	for (size_t i = 0; i < n; i++) {
		const uint32_t v[3] = { m[i].containerID, m[i].hostID, m[i].size };
		for (size_t k = 0; k < 3; k++) {
			snprintf(words[1 + 3 * i + k], NUMBER, "%u", v[k]);
			argv[2 + 3 * i + k] = words[1 + 3 * i + k];
		}
	}
	argv[2 + 3 * n] = NULL;
	pid_t helper = sys_clone3(&plain, NULL);
	if (helper == 0) {
		execve(path, argv, env);
		_exit(127);
	}
	if (helper < 0)
		return -1;
	while (waitpid(helper, &status, 0) < 0 && errno == EINTR)
		continue;
	errno = EPERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int write_map(pid_t pid, bool user, const struct id_mapping *m, size_t n, struct rt_error *e)
{
	const char *key = user ? "uid" : "gid";
	char path[64], text[4096];
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u %u %u\n",
			m[i].containerID, m[i].hostID, m[i].size);
	if (len >= sizeof(text))
		return rt_fail(
			e, 0, "linux.%sMappings: the kernel takes one page of text at most", key);
	snprintf(path, sizeof(path), "/proc/%d/%s_map", (int)pid, key);
	if (file_write(AT_FDCWD, path, text) == 0)
		return 0;
	if (errno == EPERM && geteuid() != 0) {
		if (run_helper(user ? "/usr/bin/newuidmap" : "/usr/bin/newgidmap", pid, m, n) == 0)
			return 0;
		/* Without the helper: one's own group alone, and no others ever. */
		if (!user && n == 1 && m[0].size == 1 && m[0].hostID == getegid()) {
			char deny[48];
			snprintf(deny, sizeof(deny), "/proc/%d/setgroups", (int)pid);
			if (file_write(AT_FDCWD, deny, "deny") == 0 &&
				file_write(AT_FDCWD, path, text) == 0)
				return 0;
		}
		return rt_fail(e, EPERM,
			"linux.%sMappings: without privileges one may map one's own id, or what "
			"/etc/sub%s and new%smap allow",
			key, key, key);
	}
	return rt_fail(e, errno, "linux.%sMappings: the kernel refuses them", key);
}

int id_maps_write(const struct linux_spec *l, pid_t pid, struct rt_error *e)
{
	if (write_map(pid, true, l->uidMappings.v, l->uidMappings.n, e) != 0)
		return -1;
	return write_map(pid, false, l->gidMappings.v, l->gidMappings.n, e);
}
