/*
 * The supervisor: one process, one epoll, pidfds and a signalfd. Every wait has a descriptor or a
 * deadline; nothing polls and nothing sleeps.
 */
#ifndef RT_SUPERVISE_SUPERVISE_H
#define RT_SUPERVISE_SUPERVISE_H

#include "system-runtime/container/container.h"
#include "system-runtime/json/write.h"
#include "system-runtime/supervise/ring.h"
#include "system-runtime/supervise/settings.h"
#include "system-runtime/supervise/timer.h"

#include <limits.h>

enum {
	NAME_MAX_UNIT = 128,
	CLIENTS_MAX = 32,
	/* A shutdown: until what still runs is killed, at least; from there until that is no longer
	 * waited for, until the end, and until init's own deadline. */
	SHUTDOWN_KILL_MS = 20000,
	SHUTDOWN_LEAVE_MS = 2000,
	SHUTDOWN_END_MS = 10000,
	SHUTDOWN_SPARE_MS = 5000,
	TIMERS_OF_UNIT = 4,
	ENDING_MS = 10000, /* until processes that do not die are given up */
	UNTOLD_MS = 5000,  /* until a status that PID 1 does not say is unknown */
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
	UNIT_WAITING,  /* its turn has not come */
	UNIT_STARTING, /* its program runs and is not ready yet */
	UNIT_RUNNING,
	UNIT_STOPPING, /* the stop signal is sent */
	UNIT_ENDING,   /* its first process is gone, what is left of it dies */
	UNIT_BACKOFF,  /* waits for its restart */
	UNIT_EXITED,   /* ended by itself */
	UNIT_FAILED,   /* could not be started */
	UNIT_STOPPED,  /* ended because it was told to */
	UNIT_STATES
};
enum unit_event {
	EVENT_GO,    /* its turn has come, or an operator says so */
	EVENT_READY, /* it is up, as far as it or its probe says */
	EVENT_ENDED, /* its first process is gone */
	EVENT_EMPTY, /* and so is all that it left behind */
	EVENT_TIME,  /* its clock has run out */
	EVENT_STOP,
	UNIT_EVENTS
};
/* Why it is stopped, which says what comes after. */
enum intent {
	INTENT_NONE, /* it ended by itself */
	INTENT_DEPENDENCY,
	INTENT_LATE,
	INTENT_UNHEALTHY,
	INTENT_STOP, /* an operator's from here on */
	INTENT_AGAIN,
	INTENTS
};

struct unit;

/* needs starts after needed; required: and does not run without it. */
struct edge {
	struct unit *needs, *needed;
	struct edge *next_need, *next_needed_by;
	bool required;
};

struct unit {
	struct unit *next;
	enum unit_kind kind;
	enum unit_state state;
	enum intent intent;
	char name[NAME_MAX_UNIT]; /* without the NNN- of onboot and onshutdown */
	char id[NAME_MAX_UNIT];	  /* of the container; unique */
	char *bundle;
	struct settings set;
	struct edge *needs, *needed_by;
	pid_t pid;			  /* 0: no process */
	struct watch pidfd, output, left; /* left: cgroup.events while UNIT_ENDING */
	struct watch notify, probe;
	uint64_t notify_inode;		/* of its socket; 0: none */
	bool notify_kept;		/* by PID 1 */
	pid_t probe_pid;		/* 0: none runs */
	struct timer probing;		/* until the next probe, or the end of the one that runs */
	unsigned probe_wait_ms, unwell; /* unwell: health checks that failed in a row */
	char status[96];		/* as it says itself (sd_notify) */
	struct timer clock;		/* of the state */
	struct timer calm;		/* runs well for so long that its back-off starts anew */
	struct timer untold;   /* it is PID 1's child and has ended: until PID 1 says how */
	bool needs_drivers;    /* hardware.h */
	bool ends_machine;     /* slipway.exit-on names it */
	bool mounted;	       /* runtime.json was carried out */
	bool killed;	       /* the grace is over, SIGKILL was sent */
	bool stop_asked;       /* it stops when those that need it have stopped */
	uint8_t looks;	       /* then: at whether it gets its stop signal */
	bool starved;	       /* the kernel killed of it for want of memory */
	uint64_t memory_limit; /* then: bytes; 0: none */
	int exit_status;       /* as a shell says it; -1: none or unknown */
	unsigned restarts;
	struct backoff backoff;
	uint64_t started_ms, ended_ms; /* CLOCK_BOOTTIME */
	const char *cause;	       /* of the last change of state: one word */
	char reason[256];	       /* the same as a sentence */
	struct ring log;
	struct ring_cursor shown; /* on the console; not of services */
	uint64_t slice_ms;	  /* of the log (output.c) */
	uint32_t in_slice;
	bool throttled; /* it printed too much, and is not read for a while */
	struct log_file *file;
	uint64_t first_ms, first_up_ms, first_end_ms; /* of its first life; 0: not yet */
};

enum phase {
	PHASE_BEGIN,
	PHASE_ONBOOT,
	PHASE_SERVICES,
	PHASE_STOPPING,
	PHASE_ONSHUTDOWN,
	PHASE_DONE
};

struct client;
struct inherited;
struct log_file;

struct supervisor {
	const char *containers, *root, *run, *socket_path;
	int epoll, run_dir;
	struct watch signals, clock;
	const struct unit *ended;  /* the machine ends since it has */
	struct watch listeners[2]; /* all of the protocol, and what changes nothing */
	struct watch slice;	   /* the timer of the logs */
	struct watch init;	   /* the line to PID 1 */
	struct timers timers;
	uint64_t armed_ms;	   /* what the clock's descriptor waits for; 0: nothing */
	struct unit *units, *step; /* step: whose turn it is in this phase */
	struct client *clients[CLIENTS_MAX];
	size_t n_units;
	enum phase phase;
	bool upgrade;	       /* execute anew */
	int exit_code;	       /* 64 power off, 65 reboot, 66 halt, 67 a step of onboot failed */
	struct timer deadline; /* of the shutdown */
	struct timer alive;    /* the next sign of life to PID 1 */
	struct inherited *inherited; /* at the start */
	size_t n_inherited;
	bool settled, asked;  /* drivers are there; have been asked for */
	uint64_t stopping_ms; /* when it began */
	uint32_t kill_ms;     /* after that, what still runs is killed */
};

enum { EXIT_POWEROFF = 64, EXIT_REBOOT = 65, EXIT_HALT = 66, EXIT_BOOT_FAILED = 67 };

uint64_t now_ms(void);
CHECK int watch_add(struct supervisor *s, struct watch *w, uint32_t events, struct rt_error *e);
void watch_drop(struct supervisor *s, struct watch *w);
CHECK int clock_open(struct supervisor *s, struct rt_error *e);
int loop_run(struct supervisor *s);

/* A line on the console: "[    3.120] supervise: service nginx: running, pid 84". */
void console(const char *fmt, ...) PRINTF(1, 2);
/* In a child that has closed all descriptors: they are opened anew. */
void console_forget(void);
void console_output(const struct unit *u, const char *line, size_t len);
const char *kind_name(enum unit_kind k);

/* What fails is said on the console. */
void volumes_mount(const struct supervisor *s);
CHECK int units_scan(struct supervisor *s, struct rt_error *e);
struct unit *unit_find(const struct supervisor *s, const char *name);
/* The name nearest to a mistyped one, or NULL. */
const struct unit *unit_nearest(const struct supervisor *s, const char *name);
/* order.c: which may start and which may stop. */
const char *unit_state_name(enum unit_state s);
int unit_state_of(const char *name);   /* -1: none has this name */
bool unit_is_up(const struct unit *u); /* it runs, or something of it does */
/* What it still waits for; NULL: nothing. */
const struct edge *order_unmet(const struct unit *u);
/* Nothing that is up needs it; all: nor should it start after it. */
bool order_may_stop(const struct unit *u, bool all);
CHECK int order_add(struct unit *u, struct unit *needed, bool required);

/* unit.c: the one place where a state changes, but for adoption. */
void unit_event(struct supervisor *s, struct unit *u, enum unit_event ev);
void unit_stop(struct supervisor *s, struct unit *u, enum intent intent);
void unit_set(struct supervisor *s, struct unit *u, enum unit_state st, const char *cause,
	const char *fmt, ...) PRINTF(5, 6);
/* What comes after its end, by its intent and its policy. */
void unit_settle(struct supervisor *s, struct unit *u);
/* Those that wait for it, or that it keeps waiting, look again. */
void unit_tell(struct supervisor *s, const struct unit *u);

CHECK int unit_launch(struct supervisor *s, struct unit *u, struct rt_error *e);
CHECK int unit_watch(
	struct supervisor *s, struct unit *u, int pidfd, pid_t pid, struct rt_error *e);
/* It has ended, and a former supervisor had started it: PID 1 has its status (init_line.c). */
void unit_await_status(struct supervisor *s, struct unit *u);
/* The process is gone; its log, status and cgroup are seen to. */
void unit_gone(struct supervisor *s, struct unit *u);
void unit_empty(struct supervisor *s, struct unit *u);
void unit_clean(struct supervisor *s, struct unit *u);
void unit_signal(const struct unit *u);
void unit_kill(struct supervisor *s, struct unit *u, const char *why);
/* How it ended: "status 3", "signal 9 (Killed), out of memory". */
void unit_end_text(const struct unit *u, char *out, size_t size);
bool unit_is_alive(const struct unit *u); /* it has a process */
/* Takes over what a former supervisor left running. */
void units_adopt(struct supervisor *s);
/* What a new supervisor must know and the container's own state does not say. */
void unit_remember(struct supervisor *s, const struct unit *u);
/* The kernel killed something in its cgroup for want of memory. Ask before the cgroup is removed.
 */
bool unit_was_starved(const struct supervisor *s, struct unit *u);
/* The kernel counts what each service uses, also of those without a limit. */
void cgroups_account(void);
/* Kills what is left of it; its open cgroup.events when that is still dying, else -1. */
int unit_kill_all(const struct supervisor *s, const struct unit *u);
/* Opens the log and the FIFO that the container writes to. */
CHECK int unit_open_log(struct supervisor *s, struct unit *u, struct rt_error *e);
struct ring_time ring_now(void);
int unit_output_end(struct supervisor *s, const struct unit *u);
void unit_drain(struct supervisor *s, struct unit *u);

/* health.c: when it is ready, and what is done when it is not well. */
bool unit_waits_for_ready(const struct unit *u);
void unit_watch_ready(struct supervisor *s, struct unit *u);
void unit_watch_health(struct supervisor *s, struct unit *u);
void unit_unhealthy(struct supervisor *s, struct unit *u, const char *why);
/* A probe has ended. */
void unit_probed(struct supervisor *s, struct unit *u, bool well);
void unit_probe(struct supervisor *s, struct unit *u);
void unit_probe_again(struct supervisor *s, struct unit *u);
void unit_probe_stop(struct supervisor *s, struct unit *u);
/* runtime.json: before create, and between create and start. rootfs: where the files of its root
 * are when no mount has been made for them; else empty. binds_ns: bundle_bind_namespaces is due. */
CHECK int bundle_prepare(
	struct unit *u, char *rootfs, size_t size, bool *binds_ns, struct rt_error *e);
/* The mount of its root, and who owns the files in it. */
struct mount_spec;
CHECK int owners_map(const struct unit *u, struct mount_spec *m, const char *rootfs,
	struct mem *mem, struct rt_error *e);
CHECK int bundle_bind_namespaces(const struct unit *u, pid_t pid, struct rt_error *e);
void bundle_release(struct unit *u);

/* Goes on to the next step when the present one is done; true: there is more to do at once. */
bool phase_advance(struct supervisor *s);
/* Those that waited for drivers have their turn. */
void phase_drivers_there(struct supervisor *s);
void shutdown_begin(struct supervisor *s, int exit_code, const char *why);
/* order.c: when a shutdown kills, by the longest grace and init's own deadline (ms). */
uint32_t shutdown_kill_ms(uint32_t grace_ms, uint32_t init_ms);
/* A former supervisor had begun one. */
void shutdown_resume(struct supervisor *s);

/* init_line.c */
#define CAUSE_DRIVERS "drivers"
void init_line_open(struct supervisor *s);
/* PID 1 keeps its notify socket for the supervisors to come. */
void init_line_give(const struct supervisor *s, struct unit *u);
/* All that waits for no driver has been started. */
void init_line_started(const struct supervisor *s);
/* It must wait; PID 1 is asked to load drivers. */
bool drivers_missing(struct supervisor *s, const struct unit *u);

/* upgrade.c: executes the program anew; returns when that fails. */
void upgrade(struct supervisor *s);
/* Children that are of no unit: the program before had started them. */
void upgrade_reap(struct supervisor *s);

/* /run/slipway/boot-failed, for PID 1 to say on every console. */
void boot_report(const struct unit *u);

/* What cannot be opened is said on the console; what is open stays. */
void socket_open(struct supervisor *s);
void client_accept(struct supervisor *s, struct watch *w, uint32_t events);
void clients_event(struct supervisor *s, const struct unit *u);
/* log_file.c: the lines go to a file of the machine as well. What fails is said on the console. */
void log_file_open(struct supervisor *s, struct unit *u);
void log_file_write(struct supervisor *s, struct unit *u);
/* Its log has grown. */
void clients_log(struct supervisor *s, const struct unit *u);
/* Its state has changed: the time line of the boot is of first lives. */
void boot_note(struct unit *u);
void unit_json(struct json_out *o, const char *key, const struct unit *u);

#endif
