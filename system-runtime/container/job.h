/* What the child of a clone needs, computed before it: after clone nothing is allocated. */
#ifndef RT_CONTAINER_JOB_H
#define RT_CONTAINER_JOB_H

#include "system-runtime/container/container.h"
#include "system-runtime/container/net_devices.h"
#include "system-runtime/seccomp/filter.h"

#include <limits.h>

/* One message of the sync socket (SOCK_SEQPACKET, so that it arrives whole or not at all). */
enum sync_kind {
	SYNC_PID = 1, /* the stage process: the pid of the container's first process */
	SYNC_MAPS,    /* the child: write my id maps */
	SYNC_DEVICES, /* the child: move the network devices to me */
	SYNC_HOOKS,   /* the child: run the hooks that come before pivot_root */
	SYNC_GO,      /* the parent: done / start; pid is the child's, as the parent sees it */
	SYNC_READY,   /* the child: everything is set up, I wait for SYNC_GO */
	SYNC_ERROR,
};

struct sync_msg {
	enum sync_kind kind;
	pid_t pid;
	struct rt_error error;
};

enum { DEFAULT_DEVICES = 6 };

struct state;

struct job {
	const struct spec *spec; /* NULL for exec */
	const struct process_spec *process;
	const char *bundle_path, *rootfs_path; /* absolute */
	int bundle, rootfs; /* opened again by the child: a descriptor of another mount namespace
			     * cannot be cloned or mounted on */
	int sync;
	int sync_parent; /* to close in the child: it must see our end of file */
	int lock;	 /* the state folder: to close, or the lock outlives us */
	int listen;	 /* the start socket, or negative: start comes by sync */
	int waiting;	 /* STATE_WAITING, or negative; execve closes it */
	int console;	 /* socket for the pty's master, or negative */
	int stdio[3];
	int ns_fds[8]; /* namespaces to join; -1 ends */
	uint64_t ns_flags[8];
	unsigned preserve_fds, listen_fds;
	bool keyring, user_ns;
	bool chroot;	 /* no new mount namespace: the root is only changed */
	bool rootless;	 /* the creator is not root: others must see us to write our id maps */
	int *mount_fds;	 /* one per spec->mounts */
	int *device_fds; /* detached binds of host devices, in a user namespace */
	int null_fd, empty_fd, proc_fd; /* detached mounts for masks and sysctls */
	struct net_device *net_devices; /* NULL: none */
	struct filter filter;		/* n is 0: no seccomp profile */
	int seccomp_socket;		/* of its listener, or negative */
	bool filtered;			/* the profile is on: it may forbid to send an error */
	struct rt_error *words;		/* the error then; shared; NULL: no profile */
	bool direct;			/* no messages: the creator waits for execve */
	bool executed;			/* the call is made; with direct the creator sees this */
	const struct state *state;	/* of the container, for that listener */
	pid_t self;			/* as the creator sees it, from SYNC_GO */
	unsigned long personality;	/* of personality(2); ~0: as it is */
	char exec_path[PATH_MAX];
};

/* Clones the first process: c->pid and c->pidfd, or, when namespaces are joined, a stage process
 * that will report the pid over the sync socket and must be waited for. */
CHECK int child_spawn(
	struct job *j, int cgroup, struct container *c, pid_t *stage, struct rt_error *e);
/* The same for run_directly: in the creator's memory, and returns when the child has executed or
 * died. */
CHECK int child_spawn_shared(struct job *j, int cgroup, struct container *c, struct rt_error *e);
/* Never returns. */
NORETURN void child_main(struct job *j);
/* The creator's side, until the child is ready. */
CHECK int creator_attend(struct container *c, const struct job *j, struct rt_error *e);
NORETURN void child_fail(struct job *j, struct rt_error *e);

/* Makes j->words, and with a state folder j->waiting. */
CHECK int words_share(struct job *j, int dir, struct rt_error *e);
/* After an end of file: -1 when the process has left an error there. words may be NULL. */
CHECK int words_heard(const struct rt_error *words, struct rt_error *e);
void words_close(struct rt_error *words);
CHECK int sync_send(int fd, enum sync_kind kind, pid_t pid, const struct rt_error *e);
/* 1: a message, 0: the other end is gone, -1: failed or timed out (errno). */
CHECK int sync_recv(int fd, struct sync_msg *m, int timeout_ms);
CHECK int sync_pair(int *parent, int *child, struct rt_error *e);

/* Steps of the child; each runs once, in this order. */
CHECK int mounts_make(struct job *j, struct rt_error *e);
/* The creator: those of job.mount_fds that are id-mapped, or its own; the others become -1. */
CHECK int mounts_idmap(struct job *j, struct rt_error *e);
/* A bind's detached mount with its options; negative with an error. */
int bind_make(const struct job *j, const struct mount_spec *m, struct rt_error *e);
/* Gives a filesystem context its source and options, either may be NULL, and the command that
 * follows; name: for errors. */
CHECK int fs_configure(int fs, const char *name, const char *source, const struct strv *data,
	unsigned command, struct rt_error *e);
/* "remount": changes the mount that target is the root of; but "ro" comes last, in mount_seal. */
CHECK int mount_change(const struct mount_spec *m, int target, struct rt_error *e);
/* Read-only, if that is asked for: devices and mount points have been made in it by now. */
CHECK int mount_seal(const struct mount_spec *m, int mount, struct rt_error *e);
CHECK int copy_up(int root, const struct mount_spec *m, int mount, struct rt_error *e);
/* *root: the root filesystem's own mount, in its place and not yet entered. */
CHECK int rootfs_mount(struct job *j, int *root, struct rt_error *e);
CHECK int mounts_attach(struct job *j, int root, struct rt_error *e);
CHECK int devices_create(struct job *j, int root, struct rt_error *e);
CHECK int terminal_open(struct job *j, int root, struct rt_error *e);
CHECK int paths_protect(struct job *j, int root, struct rt_error *e);
CHECK int sysctl_write(struct job *j, struct rt_error *e);
CHECK int rootfs_enter(const struct job *j, int root, struct rt_error *e);
CHECK int rootfs_finish(struct job *j, int root, struct rt_error *e);
CHECK int executable_find(struct job *j, struct rt_error *e);
/* Includes the seccomp profile of a process without noNewPrivileges. */
CHECK int credentials_drop(struct job *j, struct rt_error *e);
CHECK int seccomp_prepare(struct job *j, struct mem *m, int state_dir, struct rt_error *e);
CHECK int seccomp_apply(struct job *j, struct rt_error *e);
/* stdio, cwd, credentials, execve; returns only on failure. */
int process_exec(struct job *j, struct rt_error *e);

/* Default signals and mask, not dumpable, dies with the parent until it is ready. */
CHECK int child_isolate(struct job *j, struct rt_error *e);

/* Opens path below root, creating what is missing: a folder, or an empty file. O_PATH. */
CHECK int target_open(int root, const char *path, bool folder, uint64_t extra_resolve,
	const char *what, struct rt_error *e);
/* True when path names, after removing slashes, the same as want (which has none at its end). */
bool path_is(const char *path, const char *want);

/* Makes the pty: *slave, with the master gone to j->console. ptmx_dir: a devpts, or negative for
 * /dev/ptmx. */
CHECK int pty_open(struct job *j, int ptmx_dir, int *slave, struct rt_error *e);

CHECK int namespaces_open(struct job *j, struct rt_error *e);
CHECK int namespaces_join(struct job *j, struct rt_error *e);
CHECK int id_maps_write(const struct linux_spec *l, pid_t pid, struct rt_error *e);
/* The socket in the state folder that a start connects to. */
CHECK int start_socket(int dir, bool listening, struct rt_error *e);
/* The caller's console socket, opened, or with near a new one's far end: *out is negative when the
 * process wants no terminal. */
CHECK int console_open(const struct process_spec *p, const char *path, int fd, int *near, int *out,
	struct rt_error *e);
/* path may be NULL. */
CHECK int pid_file_write(const char *path, pid_t pid, struct rt_error *e);
/* Refuses a label that this kernel has no module for. */
CHECK int labels_check(const struct process_spec *p, struct rt_error *e);
/* linux.mountLabel; NULL without SELinux, where no filesystem has labels. label may be NULL. */
const char *label_of_mounts(const char *label);
CHECK int labels_apply(const struct process_spec *p, struct rt_error *e);
CHECK int memory_policy(const struct memory_policy_spec *p, struct rt_error *e);
CHECK int process_schedule(const struct process_spec *p, pid_t pid, struct rt_error *e);
/* list: of CPUs, or NULL; key: for errors. pid 0: this process. */
CHECK int process_affinity(const char *list, pid_t pid, const char *key, struct rt_error *e);
/* rlimits and scheduling of a process that waits; pid 0: this process. */
CHECK int process_limit(const struct process_spec *p, pid_t pid, struct rt_error *e);
/* Its oom score; pid 0: this process, which still sees the host's /proc. */
CHECK int process_oom_score(const struct process_spec *p, pid_t pid, struct rt_error *e);

/* A folder and a variable that the creator adds. */
CHECK int spec_add(
	struct mem *m, struct spec *s, const struct create_options *o, struct rt_error *e);
CHECK int spec_device_limits(struct mem *m, struct spec *s, struct rt_error *e);
/* In the container's root, while the process has the power of the container's root still. */
CHECK int landlock_apply(const pair_vec *annotations, struct rt_error *e);

/* A user namespace with these maps; no process stays in it. */
CHECK int idmap_user_namespace(const struct linux_spec *maps, struct rt_error *e);

#endif
