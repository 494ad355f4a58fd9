#include "base/auto_fd.h"
#include "system-runtime/container/job.h"
#include "system-runtime/common/file.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

/* Opens every namespace that the config names by path and asks the kernel for its type. */
int namespaces_open(struct job *j, struct rt_error *e)
{
	const struct linux_spec *l = j->spec->linux_;
	size_t n = 0;

	for (size_t i = 0; i < l->namespaces.n; i++) {
		const struct namespace_spec *ns = &l->namespaces.v[i];
		if (ns->path == NULL)
			continue;
		AUTO_FD fd = open(ns->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			return rt_fail(e, errno, "linux.namespaces[%zu].path: cannot open %s", i,
				ns->path);
		int type = ioctl(fd, NS_GET_NSTYPE);
		if (type < 0 || (uint64_t)type != ns->flag)
			return rt_fail(e, 0, "linux.namespaces[%zu].path: %s is no %s namespace", i,
				ns->path, ns->type);
		j->user_ns |= ns->flag == CLONE_NEWUSER;
		j->ns_flags[n] = ns->flag;
		j->ns_fds[n++] = fd_take(&fd);
	}
	j->ns_fds[n] = -1;
	return 0;
}

/*
 * A namespace that belongs to the machine's user namespace cannot be joined from inside another
 * one, and one that belongs to the joined user namespace cannot be before: those that refuse are
 * tried again after the user namespace.
 */
int namespaces_join(struct job *j, struct rt_error *e)
{
	for (int round = 0; round < 3; round++) {
		for (int i = 0; j->ns_fds[i] != -1; i++) {
			bool user = j->ns_flags[i] == CLONE_NEWUSER;
			if (j->ns_fds[i] < 0 || user != (round == 1))
				continue;
			if (setns(j->ns_fds[i], (int)j->ns_flags[i]) == 0) {
				close(j->ns_fds[i]);
				j->ns_fds[i] = -EBADF; /* joined; -1 alone ends the list */
			} else if (errno != EPERM || round > 0) {
				return rt_fail(e, errno,
					"cannot join linux.namespaces: type 0x%llx",
					(unsigned long long)j->ns_flags[i]);
			}
		}
	}
	return 0;
}

static int write_map(
	pid_t pid, const char *file, const struct id_mapping *m, size_t n, struct rt_error *e)
{
	char path[64], text[4096];
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u %u %u\n",
			m[i].containerID, m[i].hostID, m[i].size);
	if (len >= sizeof(text))
		return rt_fail(e, 0, "linux.%sMappings: the kernel takes one page of text at most",
			file[0] == 'u' ? "uid" : "gid");
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if (file_write(AT_FDCWD, path, text) != 0)
		return rt_fail(e, errno, "linux.%sMappings: the kernel refuses them",
			file[0] == 'u' ? "uid" : "gid");
	return 0;
}

int id_maps_write(const struct linux_spec *l, pid_t pid, struct rt_error *e)
{
	if (write_map(pid, "uid_map", l->uidMappings.v, l->uidMappings.n, e) != 0)
		return -1;
	return write_map(pid, "gid_map", l->gidMappings.v, l->gidMappings.n, e);
}
