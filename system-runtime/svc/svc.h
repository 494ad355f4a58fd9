/* svc, the operator's command: one request over the supervisor's socket, its answers printed. */
#ifndef RT_SVC_SVC_H
#define RT_SVC_SVC_H

#include "system-runtime/json/decode.h"

struct unit_view {
	const char *name, *kind, *state, *reason;
	struct opt_int pid, uptime_ms, restarts, exit_status;
};

/* What stats says, as far as it is shown; runc's words. */
struct io_view {
	const char *op;
	uint64_t value;
};
typedef VEC(struct io_view) io_views;
struct number_view {
	uint64_t total, usage, current;
};
struct cpu_view { /* and of memory */
	struct number_view *usage;
};
struct blkio_view {
	io_views bytes;
};
struct data_view {
	struct cpu_view *cpu, *memory;
	struct number_view *pids;
	struct blkio_view *blkio;
};
struct stats_view {
	struct data_view *data;
};

/* Of a boot: a stamp is the end of a step, a span has a beginning and perhaps an end. */
struct step_view {
	const char *name, *kind, *state;
	struct opt_int ms, begin_ms, up_ms, end_ms;
};

struct answer {
	const char *error, *line;
	bool ok;
	struct opt_int seq, ms, wall, lost, exit;
	struct unit_view *unit, *event;
	struct stats_view *stats;
	struct step_view *stamp, *span;
};

struct session {
	int socket;
	int master; /* a terminal that came with an answer; negative: none */
	char buf[256 * 1024];
	size_t len, used; /* used: the line that was given out last */
	/* Of a log that is followed over supervisors: */
	bool seen;
	int64_t seq, ms;	 /* of the line that was printed last */
	unsigned pieces, repeat; /* printed of it; that come again from a new supervisor */
};

enum { HUNG_UP = 3 }; /* of a show: the supervisor is gone, and may come back */

CHECK int session_open(struct session *s, struct rt_error *e);
/* fds: NULL or three descriptors to hand over. */
CHECK int session_send(
	struct session *s, const char *text, size_t len, const int *fds, struct rt_error *e);
/* The next answer: 1, 0 at the end, -1. What it points at lives until m is closed. raw: the line.
 */
CHECK int session_next(
	struct session *s, struct mem *m, struct answer *a, const char **raw, struct rt_error *e);

struct svc_options {
	bool json, quiet, follow, wall, svg, last, tty, interactive, reboot, halt, help;
	const char *lines, *since, *signal, *count, *delay;
};

/* How long, or since when: "90", "90s", "5m", "2h", "1d" ago, or "2026-11-29 10:00[:00]" (UTC).
 * *ms is a CLOCK_BOOTTIME. */
CHECK int since_parse(const char *text, int64_t *ms, struct rt_error *e);
/* "4.2s", "3m12s", "5h07m", "2d03h"; "-" for nothing. */
const char *duration(int64_t ms, char *out, size_t size);
/* A terminal would act on what a service prints. */
void print_plain(const char *text);

/* Each has sent its request already, and returns the exit status or -1. */
typedef int show(struct session *s, const struct svc_options *o, struct rt_error *e);
show svc_ps, svc_stream, svc_exec, svc_plain, svc_down, svc_top, svc_inspect, svc_boot;
CHECK int hung_up(struct rt_error *e);

struct timeline;
void boot_print_text(const struct timeline *t);
void boot_print_svg(const struct timeline *t);

#endif
