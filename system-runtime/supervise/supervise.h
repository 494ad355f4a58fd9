/*
 * The supervisor: one process, one epoll, pidfds and a signalfd. Every wait has a descriptor or a
 * deadline; nothing polls and nothing sleeps.
 */
#ifndef RT_SUPERVISE_SUPERVISE_H
#define RT_SUPERVISE_SUPERVISE_H

#include "system-runtime/container/container.h"
#include "system-runtime/json/write.h"
#include "system-runtime/supervise/ring.h"

#include <limits.h>

enum {
	NAME_MAX_UNIT = 128,
	CLIENTS_MAX = 32,
	STOP_GRACE_MS = 5000,	   /* when a bundle says nothing */
	SHUTDOWN_TOTAL_MS = 30000, /* hard deadline of a shutdown, onshutdown included */
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MOST_MS = 30000,
	STABLE_MS = 10000, /* a life this long resets the back-off */
};

struct supervisor;

/* What epoll points at. */
struct watch {
	int fd;
	void (*ready)(struct supervisor *s, struct watch *w, uint32_t events);
	void *owner;
};

enum unit_kind { UNIT_ONBOOT, UNIT_SERVICE, UNIT_ONSHUTDOWN };
enum unit_state {
	UNIT_WAITING, /* its turn has not come */
	UNIT_RUNNING,
	UNIT_STOPPING, /* the stop signal is sent */
	UNIT_BACKOFF,  /* waits for its restart */
	UNIT_EXITED,   /* ended by itself */
	UNIT_FAILED,   /* could not be started */
	UNIT_STOPPED,  /* ended because it was told to */
};
enum restart_policy { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct unit {
	struct unit *next;
	enum unit_kind kind;
	enum unit_state state;
	char name[NAME_MAX_UNIT]; /* without the NNN- of onboot and onshutdown */
	char id[NAME_MAX_UNIT];	  /* of the container; unique */
	char bundle[PATH_MAX];
	enum restart_policy restart;
	int stop_signal, grace_ms;
	pid_t pid; /* 0: no process */
	struct watch pidfd, output;
	bool adopted;	 /* not our child: its exit status cannot be had */
	bool mounted;	 /* runtime.json was carried out */
	bool killed;	 /* the grace is over, SIGKILL was sent */
	bool again;	 /* start once more when it has stopped */
	int exit_status; /* as a shell says it; -1: none or unknown */
	unsigned restarts, backoff_ms;
	uint64_t started_ms, ended_ms, deadline_ms; /* CLOCK_BOOTTIME; deadline 0: none */
	char reason[256];			    /* of the last change of state */
	struct ring log;
	struct ring_cursor shown; /* on the console; not of services */
	uint64_t slice_ms;	  /* of the log (output.c) */
	uint32_t in_slice;
	bool throttled; /* it printed too much, and is not read for a while */
};

enum phase { PHASE_ONBOOT, PHASE_SERVICES, PHASE_STOPPING, PHASE_ONSHUTDOWN, PHASE_DONE };

struct client;

struct supervisor {
	const char *containers, *root, *run, *socket_path;
	int epoll, run_dir;
	struct watch signals;
	struct watch listeners[2]; /* all of the protocol, and what changes nothing */
	struct watch slice;	   /* the timer of the logs */
	struct unit *units;
	struct client *clients[CLIENTS_MAX];
	enum phase phase;
	int exit_code;	      /* 64 power off, 65 reboot, 66 halt */
	uint64_t deadline_ms; /* of the shutdown; 0: none */
};

enum { EXIT_POWEROFF = 64, EXIT_REBOOT = 65, EXIT_HALT = 66 };

uint64_t now_ms(void);
CHECK int watch_add(struct supervisor *s, struct watch *w, uint32_t events, struct rt_error *e);
void watch_drop(struct supervisor *s, struct watch *w);
int loop_run(struct supervisor *s);

/* A line on the console: "[    3.120] supervise: service nginx: running, pid 84". */
void console(const char *fmt, ...) PRINTF(1, 2);
void console_output(const struct unit *u, const char *line, size_t len);
const char *kind_name(enum unit_kind k);
const char *unit_state_name(enum unit_state s);

/* What fails is said on the console. */
void volumes_mount(const struct supervisor *s);
CHECK int units_scan(struct supervisor *s, struct rt_error *e);
struct unit *unit_find(const struct supervisor *s, const char *name);
/* The name nearest to a mistyped one, or NULL. */
const struct unit *unit_nearest(const struct supervisor *s, const char *name);
void unit_start(struct supervisor *s, struct unit *u);
void unit_stop(struct supervisor *s, struct unit *u);
/* Something whose deadline has come. */
void unit_deadline(struct supervisor *s, struct unit *u);
/* Waits for its next start, longer each time. */
void unit_back_off(struct supervisor *s, struct unit *u, const char *why);
/* Takes over what a former supervisor left running. */
void unit_adopt(struct supervisor *s, struct unit *u);
void unit_set(struct supervisor *s, struct unit *u, enum unit_state st, const char *fmt, ...)
	PRINTF(4, 5);
/* The process is gone; status as a shell says it, -1 unknown. */
void unit_ended(struct supervisor *s, struct unit *u, int status);
bool unit_is_alive(const struct unit *u);
/* The kernel killed something in its cgroup for want of memory. Ask before the cgroup is removed.
 */
bool unit_was_starved(const struct supervisor *s, const struct unit *u);
/* Opens the log and the FIFO that the container writes to. */
CHECK int unit_open_log(struct supervisor *s, struct unit *u, struct rt_error *e);
/* What its annotations say of its log. */
CHECK int unit_limit_log(
	struct supervisor *s, struct unit *u, const struct spec *spec, struct rt_error *e);
struct ring_time ring_now(void);
int unit_output_end(struct supervisor *s, const struct unit *u);
void unit_drain(struct supervisor *s, struct unit *u);

/* runtime.json: before create, and between create and start. */
CHECK int bundle_prepare(struct unit *u, struct rt_error *e);
CHECK int bundle_bind_namespaces(const struct unit *u, pid_t pid, struct rt_error *e);
void bundle_release(struct unit *u);

/* Goes on to the next step when the present one is done. */
void phase_advance(struct supervisor *s);
void shutdown_begin(struct supervisor *s, int exit_code, const char *why);
void shutdown_deadline(struct supervisor *s);

CHECK int socket_open(struct supervisor *s, struct rt_error *e);
void client_accept(struct supervisor *s, struct watch *w, uint32_t events);
void clients_event(struct supervisor *s, const struct unit *u);
/* Its log has grown. */
void clients_log(struct supervisor *s, const struct unit *u);
void unit_json(struct json_out *o, const char *key, const struct unit *u);

#endif
