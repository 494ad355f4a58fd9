/* The command line of the runtime: what engines call (runc's and crun's words). */
#ifndef RT_CLI_CLI_H
#define RT_CLI_CLI_H

#include "system-runtime/container/container.h"

#include <sys/types.h>

struct global_options {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *criu;
	bool no_cgroup; /* by --cgroup-manager */
	bool debug, systemd_cgroup, version, help;
};

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_LIST };

struct option_list {
	const char *v[64];
	size_t n;
};

struct option_spec {
	const char *name; /* without dashes */
	char letter;	  /* 0: none */
	enum option_kind kind;
	size_t offset; /* of a bool, const char *, unsigned or struct option_list */
	const char *help;
};

struct command {
	const char *name, *arguments, *help;
	const struct option_spec *options;
	const size_t *n_options; /* NULL: none */
	int min, max;		 /* arguments; max -1: any, and options end at the first argument */
	int (*run)(const struct global_options *g, void *opts, int argc, char **argv,
		struct rt_error *e);
	bool seals; /* runs code of a container: see sealed.h */
};

/* Fills into by the table; *argc and *argv are then what is left. */
CHECK int options_parse(const struct option_spec *table, size_t n, void *into, int *argc,
	char ***argv, bool stop_at_argument, struct rt_error *e);
void options_print(const struct option_spec *table, size_t n);

/* Big enough for every command's options. */
enum { OPTIONS_SIZE = 2048 };

extern const struct command commands[];
extern const size_t n_commands;

int cmd_create(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_run(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_start(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_state(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_kill(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_delete(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_list(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_exec(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_ps(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_pause(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_resume(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_update(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_events(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_spec(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_features(const struct global_options *, void *, int, char **, struct rt_error *);
int cmd_supervise(const struct global_options *, void *, int, char **, struct rt_error *);

extern const struct option_spec create_options_table[], delete_options_table[],
	kill_options_table[], list_options_table[], exec_options_table[], supervise_options_table[],
	ps_options_table[], update_options_table[], events_options_table[], spec_options_table[];
extern const size_t n_create_options, n_delete_options, n_kill_options, n_list_options,
	n_exec_options, n_supervise_options, n_ps_options, n_update_options, n_events_options,
	n_spec_options;

/* Waits for a process of ours, passes signals on, copies a terminal when master is not negative;
 * returns its exit status (128 + N for signal N). When it cannot be watched it is killed: -1. */
int foreground(pid_t pid, int master, struct rt_error *e);
/* A socket pair whose far end gets the pty's master. */
CHECK int console_pair(int fds[2], struct rt_error *e);
CHECK int console_receive(int fd, struct rt_error *e);

/* --pidfd-socket: connected before anything is made, so that a wrong path costs nothing. *out is
 * negative when path is NULL. */
CHECK int pidfd_connect(const char *path, int *out, struct rt_error *e);
CHECK int pidfd_send(int socket, pid_t pid, struct rt_error *e);

/* Runs this very program again from a sealed copy in memory, unless it is one or its file cannot
 * be written (CVE-2019-5736). */
CHECK int run_sealed(char **argv, struct rt_error *e);

#endif
