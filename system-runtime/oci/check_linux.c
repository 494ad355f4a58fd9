/* Values of config.json that become numbers of one system call each; hooks; time offsets. */
#include "system-runtime/oci/features.h"

#include <sched.h>
#include <sys/personality.h>

struct word {
	const char *name;
	uint32_t value;
};

static const struct word *find(const struct word *t, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(t[i].name, name) == 0)
			return &t[i];
	}
	return NULL;
}

/* linux/sched.h clashes with sched.h; these are its values. */
static const struct word policies[] = {
	{ "SCHED_OTHER", 0 },
	{ "SCHED_FIFO", 1 },
	{ "SCHED_RR", 2 },
	{ "SCHED_BATCH", 3 },
	{ "SCHED_IDLE", 5 },
	{ "SCHED_DEADLINE", 6 },
};
enum { DEADLINE = 6 };

static const struct word scheduler_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },
	{ "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },
	{ "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
};

static int check_scheduler(struct scheduler_spec *s, const char *where, struct rt_error *e)
{
	const struct word *p = find(policies, ARRAY_LEN(policies), s->policy);

	if (p == NULL)
		return rt_fail(
			e, 0, "%s.scheduler.policy: there is no policy \"%s\"", where, s->policy);
	s->number = p->value;
	if (s->nice.set && (s->nice.v < -20 || s->nice.v > 19))
		return rt_fail(e, 0, "%s.scheduler.nice: is not between -20 and 19", where);
	if (s->priority.set && s->priority.v != 0 && p->value != 1 && p->value != 2)
		return rt_fail(e, 0,
			"%s.scheduler.priority: goes with SCHED_FIFO and SCHED_RR only", where);
	if (s->priority.v < 0 || s->priority.v > 99)
		return rt_fail(e, 0, "%s.scheduler.priority: is not between 0 and 99", where);
	if (p->value != DEADLINE && (s->runtime || s->deadline || s->period))
		return rt_fail(e, 0,
			"%s.scheduler: runtime, deadline and period go with SCHED_DEADLINE only",
			where);
	for (size_t i = 0; i < s->flags.n; i++) {
		const struct word *f = find(
			scheduler_flags, ARRAY_LEN(scheduler_flags), s->flags.v[i]);
		if (f == NULL)
			return rt_fail(e, 0, "%s.scheduler.flags[%zu]: there is no flag \"%s\"",
				where, i, s->flags.v[i]);
		s->flag_bits |= f->value;
	}
	return 0;
}

static const struct word io_classes[] = {
	{ "IOPRIO_CLASS_RT", 1 },
	{ "IOPRIO_CLASS_BE", 2 },
	{ "IOPRIO_CLASS_IDLE", 3 },
};

bool cpu_list(const char *text, unsigned long *set, size_t words)
{
	const unsigned long bits = 8 * sizeof(*set);
	unsigned long first, last;
	char *end;

	memset(set, 0, words * sizeof(*set));
	for (const char *p = text;; p = end + 1) {
		if (*p < '0' || *p > '9')
			return false;
		first = last = strtoul(p, &end, 10);
		if (*end == '-') {
			if (end[1] < '0' || end[1] > '9')
				return false;
			last = strtoul(end + 1, &end, 10);
		}
		if (last < first || last >= words * bits)
			return false;
		for (unsigned long c = first; c <= last; c++)
			set[c / bits] |= 1UL << c % bits;
		if (*end != ',')
			return *end == '\0';
	}
}

static int check_cpus(const char *list, const char *where, const char *key, struct rt_error *e)
{
	unsigned long set[1024 / (8 * sizeof(unsigned long))];

	if (list != NULL && list[0] != '\0' && !cpu_list(list, set, ARRAY_LEN(set)))
		return rt_fail(e, 0,
			"%s.execCPUAffinity.%s: \"%s\" is no list of CPUs such as 0-3,7", where,
			key, list);
	return 0;
}

int policy_check(struct process_spec *p, const char *where, struct rt_error *e)
{
	if (p->scheduler != NULL && check_scheduler(p->scheduler, where, e) != 0)
		return -1;
	if (p->ioPriority != NULL) {
		struct io_priority_spec *i = p->ioPriority;
		const struct word *c = find(io_classes, ARRAY_LEN(io_classes), i->class_);
		if (c == NULL)
			return rt_fail(e, 0, "%s.ioPriority.class: there is no class \"%s\"", where,
				i->class_);
		if (i->priority.v < 0 || i->priority.v > 7)
			return rt_fail(
				e, 0, "%s.ioPriority.priority: is not between 0 and 7", where);
		i->value = (int)(c->value << 13 | (uint32_t)i->priority.v);
	}
	if (p->execCPUAffinity == NULL)
		return 0;
	return check_cpus(p->execCPUAffinity->initial, where, "initial", e) != 0
		       ? -1
		       : check_cpus(p->execCPUAffinity->final, where, "final", e);
}

static int check_personality(struct personality_spec *p, struct rt_error *e)
{
	if (strcmp(p->domain, "LINUX") == 0)
		p->value = PER_LINUX;
	else if (strcmp(p->domain, "LINUX32") == 0)
		p->value = PER_LINUX32;
	else
		return rt_fail(e, 0,
			"linux.personality.domain: \"%s\" is neither LINUX nor LINUX32", p->domain);
	if (p->flags.n > 0)
		return rt_fail(
			e, 0, "linux.personality.flags[0]: there is no flag \"%s\"", p->flags.v[0]);
	return 0;
}

/* linux/mempolicy.h; later modes are those of newer kernels. */
static const struct word memory_modes[] = {
	{ "MPOL_DEFAULT", 0 },
	{ "MPOL_PREFERRED", 1 },
	{ "MPOL_BIND", 2 },
	{ "MPOL_INTERLEAVE", 3 },
	{ "MPOL_LOCAL", 4 },
	{ "MPOL_PREFERRED_MANY", 5 },
	{ "MPOL_WEIGHTED_INTERLEAVE", 6 },
};

static const struct word memory_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1 << 13 },
	{ "MPOL_F_RELATIVE_NODES", 1 << 14 },
	{ "MPOL_F_STATIC_NODES", 1 << 15 },
};

void memory_policy_features(struct json_out *o)
{
	jw_open(o, "memoryPolicy", '{');
	FEATURES_WORDS(o, "modes", "", memory_modes);
	FEATURES_WORDS(o, "flags", "", memory_flags);
	jw_close(o, '}');
}

static int check_memory_policy(struct memory_policy_spec *p, struct rt_error *e)
{
	unsigned long set[1024 / (8 * sizeof(unsigned long))];
	const struct word *w = find(memory_modes, ARRAY_LEN(memory_modes), p->mode);
	bool nodes = p->nodes != NULL && p->nodes[0] != '\0';

	if (w == NULL)
		return rt_fail(e, 0, "linux.memoryPolicy.mode: there is no mode \"%s\"", p->mode);
	p->number = (int)w->value;
	for (size_t i = 0; i < p->flags.n; i++) {
		w = find(memory_flags, ARRAY_LEN(memory_flags), p->flags.v[i]);
		if (w == NULL)
			return rt_fail(e, 0,
				"linux.memoryPolicy.flags[%zu]: there is no flag \"%s\"", i,
				p->flags.v[i]);
		p->number |= (int)w->value;
	}
	if (nodes && !cpu_list(p->nodes, set, ARRAY_LEN(set)))
		return rt_fail(e, 0,
			"linux.memoryPolicy.nodes: \"%s\" is no list of nodes such as 0-3,7",
			p->nodes);
	return 0;
}

/* What the kernel takes as a device's name (dev_valid_name). */
static bool is_device_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < 16 && strpbrk(s, "/: \t\n") == NULL && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}

static int check_net_devices(const struct spec *s, struct rt_error *e)
{
	const struct linux_spec *l = s->linux_;

	for (size_t i = 0; i < l->netDevices.n; i++) {
		struct net_device_spec *d = &l->netDevices.v[i];
		if (d->name == NULL || d->name[0] == '\0')
			d->name = d->host;
		if (!is_device_name(d->host) || !is_device_name(d->name))
			return rt_fail(e, 0, "linux.netDevices: \"%.32s\" is no name of a device",
				is_device_name(d->host) ? d->name : d->host);
		/* Found out by the kernel only after the move, which may lose the device. */
		if (strcmp(d->name, "lo") == 0)
			return rt_fail(e, 0,
				"linux.netDevices: \"lo\" is taken in every network namespace");
		for (size_t k = 0; k < i; k++) {
			if (strcmp(l->netDevices.v[k].name, d->name) == 0)
				return rt_fail(e, 0,
					"linux.netDevices: two devices would be named \"%s\"",
					d->name);
		}
	}
	if (l->netDevices.n > 0 && namespace_of(s, CLONE_NEWNET) == NULL)
		return rt_fail(e, 0,
			"linux.netDevices: needs a namespace of type \"network\" in linux.namespaces");
	return 0;
}

static int check_offset(const struct time_offset *o, const char *clock, struct rt_error *e)
{
	if (o != NULL && (o->nanosecs.v < 0 || o->nanosecs.v > 999999999))
		return rt_fail(e, 0,
			"linux.timeOffsets.%s.nanosecs: is not between 0 and 999999999", clock);
	return 0;
}

static int check_hooks(const hook_vec *h, const char *kind, struct rt_error *e)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->v[i].path[0] != '/')
			return rt_fail(e, 0, "hooks.%s[%zu].path: \"%s\" is not an absolute path",
				kind, i, h->v[i].path);
		if (h->v[i].timeout.set && (h->v[i].timeout.v <= 0 || h->v[i].timeout.v > 1 << 20))
			return rt_fail(e, 0,
				"hooks.%s[%zu].timeout: is not between 1 and %d seconds", kind, i,
				1 << 20);
	}
	return 0;
}

int linux_check(struct spec *s, struct rt_error *e)
{
	const struct linux_spec *l = s->linux_;
	const struct hooks_spec *h = s->hooks;

	if (l->personality != NULL && check_personality(l->personality, e) != 0)
		return -1;
	if (l->memoryPolicy != NULL && check_memory_policy(l->memoryPolicy, e) != 0)
		return -1;
	if (l->intelRdt != NULL && rdt_check(l->intelRdt, e) != 0)
		return -1;
	if (check_net_devices(s, e) != 0)
		return -1;
	if (l->timeOffsets != NULL) {
		if (!(l->new_namespaces & CLONE_NEWTIME))
			return rt_fail(e, 0,
				"linux.timeOffsets: needs a new namespace of type \"time\" in linux.namespaces");
		if (check_offset(l->timeOffsets->monotonic, "monotonic", e) != 0 ||
			check_offset(l->timeOffsets->boottime, "boottime", e) != 0)
			return -1;
	}
	if (h == NULL)
		return 0;
	if (check_hooks(&h->prestart, "prestart", e) != 0 ||
		check_hooks(&h->createRuntime, "createRuntime", e) != 0 ||
		check_hooks(&h->createContainer, "createContainer", e) != 0 ||
		check_hooks(&h->startContainer, "startContainer", e) != 0 ||
		check_hooks(&h->poststart, "poststart", e) != 0)
		return -1;
	return check_hooks(&h->poststop, "poststop", e);
}
