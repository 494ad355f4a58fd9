#include "base/auto_fd.h"
#include "system-runtime/container/job.h"

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
		AUTO_FD fd = openat(
			AT_FDCWD, ns->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
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
