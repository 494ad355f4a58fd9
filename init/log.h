/*
 * What init says: one line a stage, on every console and in the kernel log. Bytes that could
 * drive a terminal are replaced. Writing never blocks PID 1 for more than a moment.
 */
#ifndef INIT_LOG_H
#define INIT_LOG_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/* The values are the kernel's (syslog(3)). Info and worse go to the consoles. */
enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_SAY = 6, LOG_TRACE = 7 };

/* Before this, nothing is shown. Needs /dev and /sys; may be called again. name: who speaks. */
void log_open(const char *name, bool debug);
/* Tracing reaches the consoles too (slipway.debug). */
bool log_is_debug(void);
void log_line(enum log_level level, const char *format, ...) PRINTF(2, 3);

/* Records why a step failed, for whoever reports the failure; returns -1. */
int fail_why(const char *format, ...) PRINTF(1, 2);
/* Appends ": " and the text of errno value sys. */
int fail_errno(int sys, const char *format, ...) PRINTF(2, 3);
/* The reason recorded last. */
const char *fail_reason(void);

/* All of them, with blanks between: "/dev/tty0 /dev/ttyS0". */
void log_consoles(char *out, size_t size);
/* The device of the console that the kernel prefers ("/dev/ttyS0"). */
const char *log_console(void);

#endif
