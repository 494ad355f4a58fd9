/* A container while it is made: what create's steps share. */
#ifndef RT_CONTAINER_CREATION_H
#define RT_CONTAINER_CREATION_H

#include "system-runtime/container/job.h"
#include "system-runtime/state/state.h"

struct creation {
	const struct create_options *o;
	struct container *c;
	struct state state;
	int dir; /* the state folder, locked */
	int cgroup_fd;
	int child_end; /* of the sync pair */
	bool claimed, shares_devices;
	char created[32];
	/* In room, one behind the other: untouched pages are no memory, and no page faults. */
	char *bundle, *config, *rootfs, *cgroup;
	struct job job; /* from its last member on not zeroed: likewise */
	char room[4 * PATH_MAX];
};

CHECK int creation_save(struct creation *k, struct rt_error *e);
/* The cgroup's device program. */
CHECK int creation_limit_devices(struct creation *k, struct rt_error *e);
/* While the child sets itself up nobody who asks for the state has to wait, a hook least of all. So
 * somebody may delete the container meanwhile: then nothing there is ours any more. */
CHECK int creation_lock(struct creation *k, int r, struct rt_error *e);

/*
 * The short way, for `run`: creates and starts in one go. The first process shares the creator's
 * memory, which waits until it executes (as vfork(2)): no copy, no messages, no switches in
 * between. Only where nobody else could look into that memory, or is to be asked while the
 * container is made.
 */
bool runs_directly(const struct creation *k);
CHECK int run_directly(struct creation *k, struct rt_error *e);

#endif
