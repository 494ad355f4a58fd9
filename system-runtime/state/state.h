/*
 * What the runtime remembers of a container: ROOT/ID/state.json. The folder's existence is the
 * claim to the id; a lock on it keeps two runtimes apart.
 */
#ifndef RT_STATE_STATE_H
#define RT_STATE_STATE_H

#include "system-runtime/json/decode.h"
#include "system-runtime/json/write.h"

#include <sys/types.h>

#define STATE_ROOT  "/run/system-runtime"
#define STATE_START "start" /* the start socket; there until somebody starts the container */
/* Locked by the first process of a container that another process starts, until it executes: that
 * is what "created" means. Holds the error that a seccomp filter forbids it to send. */
#define STATE_WAITING "waiting"

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

struct state {
	const char *ociVersion, *id, *bundle, *rootfs, *created;
	const char *config;    /* its config file when that is not BUNDLE/config.json, absolute */
	const char *cgroup;    /* below the cgroup2 mount; "" when there is none */
	bool own_cgroup;       /* made by us: may be killed and removed whole */
	bool chroot;	       /* its mount namespace is another's */
	uint64_t rootfs_mount; /* rootfs_mount_id before, when that is the caller's; else 0 */
	struct opt_int pid;    /* absent while creating */
	uint64_t pidfd_inode;  /* of pid, since Linux 6.9 never another's; else 0 */
	uint64_t start_time;   /* process_start_time of pid, when that is 0 */
	const char *rdt;       /* its class of linux.intelRdt; NULL: none */
	bool own_rdt, own_monitor; /* its folder, and that in its mon_groups, are made by us */
	pair_vec annotations;
};

CHECK int state_check_id(const char *id, struct rt_error *e);
/* Opens ROOT (made when missing when make), -1 and errno. */
CHECK int state_root_open(const char *root, bool make);
/* Makes ROOT/ID and locks it; the descriptor is the lock. */
CHECK int state_claim(const char *root, const char *id, int *dir, struct rt_error *e);
/* Opens and locks what exists; a lock that stays another's is an error after a while. */
CHECK int state_open(const char *root, const char *id, int *dir, struct rt_error *e);
/* Locks it again; false: somebody has removed it meanwhile. */
CHECK bool state_lock(int dir);
CHECK int state_read(int dir, const char *id, struct mem *m, struct state *s, struct rt_error *e);
CHECK int state_save(int dir, const struct state *s, struct rt_error *e);
/* Removes the folder and what is in it. */
CHECK int state_forget(const char *root, const char *id, int dir, struct rt_error *e);
/* Asks the kernel: process alive, its program executed, cgroup frozen. */
enum status state_status(int dir, const struct state *s);
const char *status_name(enum status s);
/* Notes who the first process is, so that a later one with its number is not taken for it. */
void state_identify(struct state *s, pid_t pid, int pidfd);
/* A pidfd of the container's first process, if that pid is still it; -1 and ESRCH. */
int state_pidfd(const struct state *s);
/* The JSON object of `state` and, with extra, of `list`. */
void state_json(struct json_out *o, const struct state *s, enum status status, bool extra);

#endif
