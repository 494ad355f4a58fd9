/*
 * Errors of the target side: one fixed-size value that is passed up, and in a container's first
 * process is written whole over the sync socket to the parent. No allocation anywhere.
 */
#ifndef RT_COMMON_ERROR_H
#define RT_COMMON_ERROR_H

#include "base/attr.h"

#include <stddef.h>

struct rt_error {
	int sys; /* an errno value, or 0 when the cause is not a system call */
	char what[508];
};

/* Records the error and returns -1, so that `return rt_fail(...)` is one line. */
int rt_fail(struct rt_error *e, int sys, const char *fmt, ...) PRINTF(3, 4);
/* Puts "CONTEXT: " before what is recorded; returns -1. */
int rt_wrap(struct rt_error *e, const char *fmt, ...) PRINTF(2, 3);
/* Now, in UTC, as RFC 3339 has it (strftime(3) would bring all of the time zones). */
void time_text(char *out, size_t size);
/* The one-line text: what, and the system's reason. Control bytes become '?'. */
void rt_error_text(const struct rt_error *e, char *out, size_t size);

#endif
