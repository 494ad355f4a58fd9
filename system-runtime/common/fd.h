/* File descriptors with one owner: none is negative, 0 is a valid one. */
#ifndef RT_COMMON_FD_H
#define RT_COMMON_FD_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static inline void fd_drop(int *fd)
{
	int e = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
	errno = e;
}

static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

#define AUTO_FD __attribute__((cleanup(fd_drop))) int

#endif
