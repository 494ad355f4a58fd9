/* svc, the operator's command: one request over the supervisor's socket, its answers printed. */
#ifndef RT_SVC_SVC_H
#define RT_SVC_SVC_H

#include "system-runtime/json/decode.h"

struct unit_view {
	const char *name, *kind, *state, *reason;
	struct opt_int pid, uptime_ms, restarts, exit_status;
};

struct answer {
	const char *error, *line;
	bool ok;
	struct opt_int ms, exit;
	struct unit_view *unit, *event;
};

struct session {
	int socket;
	int master; /* a terminal that came with an answer; negative: none */
	char buf[256 * 1024];
	size_t len, used; /* used: the line that was given out last */
};

CHECK int session_open(struct session *s, struct rt_error *e);
/* fds: NULL or three descriptors to hand over. */
CHECK int session_send(
	struct session *s, const char *text, size_t len, const int *fds, struct rt_error *e);
/* The next answer: 1, 0 at the end, -1. What it points at lives until m is closed. raw: the line.
 */
CHECK int session_next(
	struct session *s, struct mem *m, struct answer *a, const char **raw, struct rt_error *e);

struct svc_options {
	bool json, follow, tty, interactive, help;
	const char *lines, *signal;
};

int svc_ps(struct session *s, const struct svc_options *o, struct rt_error *e);
int svc_stream(struct session *s, const struct svc_options *o, struct rt_error *e);
int svc_exec(struct session *s, const struct svc_options *o, struct rt_error *e);
int svc_plain(struct session *s, const struct svc_options *o, struct rt_error *e);

#endif
