/* The programs that PID 1 starts. */
#ifndef INIT_SPAWN_H
#define INIT_SPAWN_H

#include "base/attr.h"

#include <sys/types.h>

#define SUPERVISOR "/usr/bin/system-runtime"

/* fork(2). libc's takes locks for threads, of which there are none here: two kilobytes. */
pid_t process_fork(void);
/* `system-runtime supervise`: own session, clean environment, the console as standard input, output
 * and error, and its end of the line. The pid, or -1 with the reason recorded. */
CHECK pid_t spawn_supervisor(int line);
/* /bin/sh with the preferred console as its controlling terminal. */
CHECK pid_t spawn_shell(void);

#endif
