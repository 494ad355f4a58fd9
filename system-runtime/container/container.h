/*
 * One container, from bundle to exit. The command line and the supervisor use the same calls.
 *
 * Order of create (each step needs the one before; container/child.c has the reasons):
 *   state folder and lock, spec, cgroup, clone into the namespaces and the cgroup, id maps,
 *   detached mounts in the host's view, pivot_root, attach, devices, masks, sysctl, names, ready.
 * Order of start: rlimits and oom score (set from outside), cwd, bounding set, groups, ids,
 *   permitted and effective, ambient, no_new_privs, close_range, execve.
 */
#ifndef RT_CONTAINER_CONTAINER_H
#define RT_CONTAINER_CONTAINER_H

#include "system-runtime/oci/spec.h"

#include <sys/types.h>

struct create_options {
	const char *root; /* the folder of all states */
	const char *id;
	const char *bundle;	    /* path, becomes absolute */
	const char *config;	    /* NULL: config.json of the bundle */
	const char *rootfs;	    /* in place of its root.path; NULL: that */
	const char *default_cgroup; /* when the config names none; NULL: /system-runtime/ID, or
				     * /system-runtime.devices/ID with device rules */
	const char *console_socket; /* where the pty's master goes; NULL: none */
	const char *pid_file;
	int console_fd;	       /* the same, as a connected socket; negative: none */
	int *console_near;     /* not NULL: when the process wants a terminal, it gets the near
				* end of such a socket, which is made */
	int stdio[3];	       /* negative: the caller's */
	unsigned preserve_fds; /* 3 .. 3+n-1 stay open in the container */
	unsigned listen_fds;   /* so many of them are announced by LISTEN_FDS (sd_listen_fds(3)) */
	bool no_cgroup;	       /* it stays in the caller's */
	bool by_socket;	       /* another process will start it, over ROOT/ID/start */
	bool run_now;	       /* create may start it as well, and says so in container.started */
	bool no_new_keyring;
	bool oom_score;		/* 0, unless the config has one: not the caller's own */
	const char *add_folder; /* bound read-only on add_at in the container; NULL: nothing */
	const char *add_at, *add_env; /* add_env: a variable, as NAME=value */
};

struct state;

struct container {
	struct mem mem;
	struct spec spec;
	const char *root, *id; /* the caller's */
	pid_t pid;
	int pidfd;
	int sync;		   /* to the waiting child when not by_socket */
	int dir;		   /* the state folder, not locked, when started */
	bool started;		   /* its program runs already: create_options.run_now */
	const struct state *state; /* when started */
	struct rt_error *words;	   /* see words_share */
};

extern const struct create_options create_defaults;

/* On success the container waits in front of its execve. On failure nothing is left. */
CHECK int container_create(const struct create_options *o, struct container *c, struct rt_error *e);
/* Starts what this process created; reports a failed execve. */
CHECK int container_start(struct container *c, struct rt_error *e);
/* The same for a container that another process created. */
CHECK int container_start_by_socket(const char *root, const char *id, struct rt_error *e);
/* As container_delete with force, for a container that this process started and that has ended. */
CHECK int container_end(struct container *c, struct rt_error *e);
/* Closes what the struct holds; the container runs on. */
void container_close(struct container *c);
/* Sends a signal; to every process of its cgroup when all. */
CHECK int container_kill(const char *root, const char *id, int sig, bool all, struct rt_error *e);
/* Removes state and cgroup of a stopped container; force: kills it first, and forgives a missing
 * one. A poststop hook that fails leaves its words in *e, but the container is gone: 0. */
CHECK int container_delete(const char *root, const char *id, bool force, struct rt_error *e);

/* The mount at path, by the kernel's number; 0 when that cannot be told. */
uint64_t rootfs_mount_id(const char *path);
/* Takes away what a container without a mount namespace has mounted at its root. */
void rootfs_leave(const struct state *s);

struct exec_options {
	const char *root, *id;
	const struct process_spec *process;
	const char *console_socket, *pid_file;
	const char *cgroup; /* below the container's; NULL: the container's */
	int console_fd;
	int stdio[3];
	unsigned preserve_fds;
	bool ignore_paused; /* in a paused container it runs when that is resumed */
};

/* Runs a process in a running container. On success *pid has executed; it is the caller's child. */
CHECK int container_exec(const struct exec_options *o, pid_t *pid, struct rt_error *e);

#endif
