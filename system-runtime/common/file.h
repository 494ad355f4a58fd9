/* Small files: whole reads and writes beneath a folder's descriptor. */
#ifndef RT_COMMON_FILE_H
#define RT_COMMON_FILE_H

#include "base/attr.h"
#include "system-runtime/common/error.h"
#include "system-runtime/common/mem.h"

#include <stdint.h>
#include <sys/types.h>

/* The text and a NUL into buf; returns its length, or -1 and errno (EFBIG: does not fit). */
ssize_t read_small(int dir, const char *path, char *buf, size_t size);
/* A descriptor (O_CLOEXEC) and, in PATH_MAX bytes, the path without links; -1 and errno. */
int open_real(const char *path, int flags, char *real);
/* One write(2) of a whole value, as kernel files want it; -1 and errno. */
int file_write(int dir, const char *path, const char *text);
/* Bytes in full to a descriptor; -1 and errno. */
int write_all(int fd, const void *data, size_t size);
/* A new file dir/name, which others may see half-written; -1 and errno (EEXIST). */
int file_make(int dir, const char *name, const char *data, size_t size);
/* Replaces dir/name: a new file beside it, then rename; it is never seen half-written. */
int file_replace(int dir, const char *name, const char *data, size_t size);
/* mkdir -p of an absolute or relative path from dir, mode 0755; -1 and errno. */
int mkdirs(int dir, const char *path);

/* Field 22 of /proc/PID/stat, the start time in clock ticks since boot: with the pid it names one
 * process for ever. 0 when there is no such process or it is a zombie. */
uint64_t process_start_time(pid_t pid);

#endif
