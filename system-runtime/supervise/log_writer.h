/* The process that writes a log to a file, and sets files aside when they are large. */
#ifndef RT_SUPERVISE_LOG_WRITER_H
#define RT_SUPERVISE_LOG_WRITER_H

#include <stdint.h>

/* In a process of its own: whole lines come over in, until its end. lock: waits there for the
 * writer of a former supervisor. Every other descriptor but stderr is closed. */
_Noreturn void log_writer(int in, int lock, const char *path, uint64_t size, unsigned files);

#endif
