/*
 * Sockets that outlived the supervisor which made them: PID 1 kept them (docs/boot.md), or an
 * execve did. They are known by their inode.
 */
#include "base/auto_fd.h"
#include "system-runtime/supervise/inherited.h"
#include "system-runtime/supervise/supervise.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct inherited {
	uint64_t inode;
	int fd;
};

static bool is_datagram_socket(int fd)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_DGRAM;
}

void inherited_find(struct supervisor *s)
{
	DIR *d = opendir("/proc/self/fd");
	const struct dirent *entry;
	struct stat st;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd <= STDERR_FILENO || !is_datagram_socket(fd) || fstat(fd, &st) != 0)
			continue;
		struct inherited *more = realloc(
			s->inherited, (s->n_inherited + 1) * sizeof(*more));
		if (more == NULL)
			break;
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		s->inherited = more;
		s->inherited[s->n_inherited++] = (struct inherited){ .inode = (uint64_t)st.st_ino,
			.fd = fd };
	}
	if (d != NULL)
		closedir(d);
}

int inherited_take(struct supervisor *s, uint64_t inode)
{
	for (size_t i = 0; i < s->n_inherited; i++) {
		if (s->inherited[i].inode == inode && s->inherited[i].fd >= 0)
			return fd_take(&s->inherited[i].fd);
	}
	return -1;
}

void inherited_close(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_inherited; i++)
		fd_drop(&s->inherited[i].fd);
	free(s->inherited);
	s->inherited = NULL;
	s->n_inherited = 0;
}
