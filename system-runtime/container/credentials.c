/*
 * The one order in which a process gives up power:
 *   1. bounding set      needs CAP_SETPCAP, so while we have it
 *   2. keep capabilities over the change of ids (PR_SET_KEEPCAPS)
 *   3. groups, gid, uid  group changes need the old uid's power
 *   4. seccomp without noNewPrivileges needs CAP_SYS_ADMIN, which step 5 may take away; what is
 * left to do under the profile is capset, prctl, (chdir, getcwd,) execve
 *   5. permitted, effective, inheritable
 *   6. ambient           needs both permitted and inheritable
 *   7. no_new_privs      seccomp with it needs nothing else and follows as the last call before
 * execve
 */
#include "system-runtime/container/job.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct caps_spec no_caps;

static int drop_bounding(cap_set keep, struct rt_error *e)
{
	for (int cap = 0; cap < 64; cap++) {
		if ((keep & (1ULL << cap)) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		int sys = errno;
		if (sys == EINVAL)
			return 0; /* past the kernel's last one */
		/* Who has no right to drop may still have none to drop. */
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return rt_fail(
				e, sys, "cannot drop capability %d from the bounding set", cap);
	}
	return 0;
}

static int set_ids(const struct user_spec *u, struct rt_error *e)
{
	/* With no groups asked for, a user namespace that denies setgroups(2) is as good. */
	if (syscall(SYS_setgroups, u->additionalGids.n, u->additionalGids.v) != 0 &&
		!(errno == EPERM && u->additionalGids.n == 0))
		return rt_fail(e, errno, "process.user.additionalGids: cannot set them");
	if (syscall(SYS_setresgid, u->gid, u->gid, u->gid) != 0)
		return rt_fail(e, errno, "process.user.gid: cannot become group %u", u->gid);
	if (syscall(SYS_setresuid, u->uid, u->uid, u->uid) != 0)
		return rt_fail(e, errno, "process.user.uid: cannot become user %u", u->uid);
	return 0;
}

/* The change of ids left the permitted set and emptied the effective one. */
static int confine_early(struct job *j, struct rt_error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) != 0)
		return rt_fail(e, errno, "cannot read our capabilities");
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	if (syscall(SYS_capset, &head, data) != 0)
		return rt_fail(e, errno, "cannot take our capabilities up again");
	return seccomp_apply(j, e);
}

static int set_caps(const struct caps_spec *c, struct rt_error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(c->set_effective >> (32 * i));
		data[i].permitted = (uint32_t)(c->set_permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(c->set_inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &head, data) != 0)
		return rt_fail(
			e, errno, "process.capabilities: the caller does not have all of them");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return rt_fail(e, errno, "cannot clear the ambient capabilities");
	for (int cap = 0; cap < 64; cap++) {
		if ((c->set_ambient & (1ULL << cap)) &&
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
			return rt_fail(
				e, errno, "process.capabilities.ambient: cannot raise %d", cap);
	}
	return 0;
}

int credentials_drop(struct job *j, struct rt_error *e)
{
	const struct process_spec *p = j->process;
	const struct caps_spec *c = p->capabilities != NULL ? p->capabilities : &no_caps;

	if (drop_bounding(c->set_bounding, e) != 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return rt_fail(e, errno, "cannot keep capabilities");
	if (set_ids(p->user, e) != 0)
		return -1;
	if (j->filter.n > 0 && !p->noNewPrivileges && confine_early(j, e) != 0)
		return -1;
	if (set_caps(c, e) != 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return rt_fail(e, errno, "cannot settle the new credentials");
	if (p->noNewPrivileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return rt_fail(e, errno, "process.noNewPrivileges: cannot set it");
	return 0;
}
