/* Scheduling and IO priority of a process that waits; set from outside, where the power is. */
#include "system-runtime/container/job.h"

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct sched_attr of sched_setattr(2), first version: linux/sched/types.h clashes with sched.h.
 */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

enum { WHO_PROCESS = 1 }; /* IOPRIO_WHO_PROCESS */

int process_schedule(const struct process_spec *p, pid_t pid, struct rt_error *e)
{
	const struct scheduler_spec *s = p->scheduler;

	if (s != NULL) {
		struct attr a = { .size = sizeof(a),
			.policy = s->number,
			.flags = s->flag_bits,
			.nice = (int32_t)s->nice.v,
			.priority = (uint32_t)s->priority.v,
			.runtime = s->runtime,
			.deadline = s->deadline,
			.period = s->period };
		if (syscall(SYS_sched_setattr, pid, &a, 0) != 0)
			return rt_fail(e, errno, "process.scheduler: cannot set %s", s->policy);
	}
	if (p->ioPriority != NULL &&
		syscall(SYS_ioprio_set, WHO_PROCESS, pid, p->ioPriority->value) != 0)
		return rt_fail(
			e, errno, "process.ioPriority: cannot set %s", p->ioPriority->class_);
	return 0;
}

int memory_policy(const struct memory_policy_spec *p, struct rt_error *e)
{
	unsigned long set[1024 / (8 * sizeof(unsigned long))];

	if (p == NULL)
		return 0;
	bool nodes = p->nodes != NULL && cpu_list(p->nodes, set, ARRAY_LEN(set));
	/* The kernel counts one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, p->number, nodes ? set : NULL,
		    nodes ? sizeof(set) * 8 + 1 : 0) != 0)
		return rt_fail(e, errno, "linux.memoryPolicy: cannot set %s%s", p->mode,
			errno == ENOSYS ? " (this kernel has no NUMA)" : "");
	return 0;
}

int process_affinity(const char *list, pid_t pid, const char *key, struct rt_error *e)
{
	unsigned long set[1024 / (8 * sizeof(unsigned long))];

	if (list == NULL || list[0] == '\0')
		return 0;
	if (!cpu_list(list, set, ARRAY_LEN(set)) ||
		syscall(SYS_sched_setaffinity, pid, sizeof(set), set) < 0)
		return rt_fail(
			e, errno, "process.execCPUAffinity.%s: cannot run on \"%s\"", key, list);
	return 0;
}
