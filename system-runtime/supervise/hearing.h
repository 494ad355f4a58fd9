/* Whether a process gets a signal when it is the first of its pid namespace: pid_namespaces(7). */
#ifndef RT_SUPERVISE_HEARING_H
#define RT_SUPERVISE_HEARING_H

#include <sys/types.h>

enum hearing {
	HEARS, /* also when it cannot be told */
	DEAF,  /* it has no handler, and the kernel drops the signal */
	/* Just now the signal is blocked: to be read with signalfd(2), or for a moment, as fork and
	 * posix_spawn(3) of the C libraries do. To look again a little later tells. */
	HEARING_UNSURE,
};

/* To be asked before the signal is sent, which may wake it. */
enum hearing hearing_of(pid_t pid, int sig);

#endif
