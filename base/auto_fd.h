/*
 * File descriptors that close themselves, on both sides of the machine. "No descriptor" is
 * negative; 0 is a descriptor like any other. AUTO_FD fd = open(...);  ...  *out = fd_take(&fd);
 * success hands it over
 */
#ifndef BASE_AUTO_FD_H
#define BASE_AUTO_FD_H

#include <errno.h>
#include <unistd.h>

/* Keeps errno; may be called again. A close whose failure would lose data is called and checked by
 * hand. */
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
