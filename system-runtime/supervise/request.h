/* A request of svc, decoded. */
#ifndef RT_SUPERVISE_REQUEST_H
#define RT_SUPERVISE_REQUEST_H

#include "system-runtime/json/decode.h"

struct request {
	const char *cmd, *name, *signal;
	struct strv args;
	bool follow, tty, last;
	struct opt_int lines; /* the last ones alone */
	struct opt_int since; /* CLOCK_BOOTTIME, milliseconds */
};

CHECK int request_decode(
	struct mem *m, const char *line, size_t len, struct request *r, struct rt_error *e);

#endif
