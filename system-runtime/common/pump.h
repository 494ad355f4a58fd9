/* Between a user's terminal and a process: bytes, window size, signals. Both programs use it. */
#ifndef RT_COMMON_PUMP_H
#define RT_COMMON_PUMP_H

#include <stddef.h>
#include <sys/types.h>

struct pump {
	int pidfd;   /* ends the loop when it becomes readable; signals go to it. Negative: none */
	int done;    /* the same for another descriptor, without signals; 0: none */
	int master;  /* the pty's master, negative: the process has our own stdio */
	int in, out; /* the user's side of the master */
};

/* Returns when the process has ended or the terminal was hung up. */
int pump_run(const struct pump *p);

/* At most size bytes and n descriptors (negative where none came); returns the bytes, -1 and errno.
 */
ssize_t fds_receive(int socket, void *buf, size_t size, int *fds, size_t n);
ssize_t fds_send(int socket, const void *buf, size_t size, const int *fds, size_t n);

#endif
