/*
 * linux.resources in the words of cgroup v2. The config speaks of v1; the conversions are those of
 * the kernel's documentation and of every v2 runtime.
 */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/container/cgroup.h"

#include <fcntl.h>
#include <limits.h>

struct target {
	const char *path; /* below the mount */
	int fd;
	char enabled[160]; /* controllers that are on already: " memory cpu " */
};

/* "+NAME" into subtree_control of the root and of every cgroup above path. */
static int enable(struct target *t, const char *name, const char *what, struct rt_error *e)
{
	char list[512], token[40], part[PATH_MAX], text[40];
	const char *mount = cgroup_mount();

	snprintf(token, sizeof(token), " %s ", name);
	if (strstr(t->enabled, token) != NULL)
		return 0;
	snprintf(part, sizeof(part), "%s/cgroup.controllers", mount);
	ssize_t n = read_small(AT_FDCWD, part, list + 1, sizeof(list) - 2);
	list[0] = ' ';
	if (n > 0)
		list[n] = ' '; /* in place of the newline */
	if (n <= 0 || strstr(list, token) == NULL)
		return rt_fail(e, 0, "%s: the cgroup v2 tree at %s has no %s controller", what,
			mount, name);
	snprintf(text, sizeof(text), "+%s", name);
	for (const char *p = t->path + strspn(t->path, "/"); *p != '\0';) {
		snprintf(part, sizeof(part), "%s/%.*s/cgroup.subtree_control", mount,
			(int)(p - t->path), t->path);
		if (file_write(AT_FDCWD, part, text) != 0)
			return rt_fail(e, errno, "%s: cannot enable %s in %s", what, name, part);
		p += strcspn(p, "/");
		p += strspn(p, "/");
	}
	n = (ssize_t)strlen(t->enabled);
	snprintf(t->enabled + n, sizeof(t->enabled) - (size_t)n, "%s", token);
	return 0;
}

static int set_text(
	struct target *t, const char *file, const char *text, const char *what, struct rt_error *e)
{
	char controller[32];

	snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(file, "."), file);
	if (strcmp(controller, "cgroup") != 0 && enable(t, controller, what, e) != 0)
		return -1;
	if (file_write(t->fd, file, text) != 0)
		return rt_fail(e, errno, "%s: cannot write \"%s\" to %s", what, text, file);
	return 0;
}

/* True when the cgroup has no such file: what it would limit is unlimited. */
static bool is_off(const struct target *t, const char *file)
{
	return faccessat(t->fd, file, F_OK, 0) != 0;
}

/* Negative means no limit. */
static int set_number(
	struct target *t, const char *file, int64_t value, const char *what, struct rt_error *e)
{
	char text[32];

	/* Where the controller is off nothing limits it: engines ask for "no limit" everywhere. */
	if (value < 0 && is_off(t, file))
		return 0;
	snprintf(text, sizeof(text), "%lld", (long long)value);
	return set_text(t, file, value < 0 ? "max" : text, what, e);
}

/* Asked for by checkBeforeUpdate: a limit below what is used would bring the OOM killer. */
static int check_usage(struct target *t, const struct memory_spec *m, struct rt_error *e)
{
	char text[32];

	if (m->checkBeforeUpdate && m->limit.v > 0 &&
		read_small(t->fd, "memory.current", text, sizeof(text)) > 0 &&
		strtoll(text, NULL, 10) > m->limit.v)
		return rt_fail(e, 0, "linux.resources.memory.limit: %lld is below the %lld in use",
			(long long)m->limit.v, strtoll(text, NULL, 10));
	return 0;
}

static int limit_memory(struct target *t, const struct memory_spec *m, struct rt_error *e)
{
	if (check_usage(t, m, e) != 0)
		return -1;
	if (m->limit.set && m->limit.v != 0 &&
		set_number(t, "memory.max", m->limit.v, "linux.resources.memory.limit", e) != 0)
		return -1;
	if (m->reservation.set && m->reservation.v != 0 &&
		set_number(t, "memory.low", m->reservation.v, "linux.resources.memory.reservation",
			e) != 0)
		return -1;
	if (!m->swap.set || m->swap.v == 0)
		return 0;
	/* v1's swap is memory and swap together. */
	if (m->swap.v > 0 && (!m->limit.set || m->limit.v <= 0 || m->swap.v < m->limit.v))
		return rt_fail(e, 0,
			"linux.resources.memory.swap: counts memory and swap, so it needs a "
			"memory.limit that is not above it");
	return set_number(t, "memory.swap.max", m->swap.v < 0 ? -1 : m->swap.v - m->limit.v,
		"linux.resources.memory.swap", e);
}

/* An update that names the quota or the period alone leaves the other: the kernel keeps a period
 * that is not written. */
static int limit_time(struct target *t, const struct cpu_spec *c, struct rt_error *e)
{
	char quota[24] = "max", text[64];

	if (c->quota.v > 0)
		snprintf(quota, sizeof(quota), "%lld", (long long)c->quota.v);
	else if (c->quota.v == 0 && read_small(t->fd, "cpu.max", quota, sizeof(quota)) <= 0)
		snprintf(quota, sizeof(quota), "max");
	quota[strcspn(quota, " \n")] = '\0';
	snprintf(text, sizeof(text), "%s %lld", quota, (long long)c->period.v);
	return set_text(t, "cpu.max", c->period.set ? text : quota, "linux.resources.cpu.quota", e);
}

static int limit_cpu(struct target *t, const struct cpu_spec *c, struct rt_error *e)
{
	/* 1024 is the kernel's own weight, which engines name on every machine. */
	if (c->shares.set && c->shares.v != 0 &&
		!(c->shares.v == 1024 && is_off(t, "cpu.weight"))) {
		/* 2 .. 262144 onto 1 .. 10000 */
		int64_t s = c->shares.v < 2 ? 2 : c->shares.v > 262144 ? 262144 : c->shares.v;
		if (set_number(t, "cpu.weight", 1 + ((s - 2) * 9999) / 262142,
			    "linux.resources.cpu.shares", e) != 0)
			return -1;
	}
	if (((c->quota.set && c->quota.v != 0) || c->period.set) && limit_time(t, c, e) != 0)
		return -1;
	if (c->burst.set &&
		set_number(t, "cpu.max.burst", c->burst.v, "linux.resources.cpu.burst", e) != 0)
		return -1;
	if (c->idle.set && set_number(t, "cpu.idle", c->idle.v, "linux.resources.cpu.idle", e) != 0)
		return -1;
	if (c->cpus != NULL && c->cpus[0] != '\0' &&
		set_text(t, "cpuset.cpus", c->cpus, "linux.resources.cpu.cpus", e) != 0)
		return -1;
	if (c->mems != NULL && c->mems[0] != '\0' &&
		set_text(t, "cpuset.mems", c->mems, "linux.resources.cpu.mems", e) != 0)
		return -1;
	return 0;
}

static int limit_throttle(struct target *t, const struct throttle_spec *v, size_t n,
	const char *key, const char *what, struct rt_error *e)
{
	char text[96];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%lld:%lld %s=%lld", (long long)v[i].major.v,
			(long long)v[i].minor.v, key, (long long)v[i].rate.v);
		if (set_text(t, "io.max", text, what, e) != 0)
			return -1;
	}
	return 0;
}

/* BFQ takes v1's weights, 10 .. 1000, as they are; io.weight goes from 1 to 10000. dev:
 * "MAJOR:MINOR " or "". */
static int limit_weight(
	struct target *t, const char *dev, int64_t weight, const char *what, struct rt_error *e)
{
	char text[64];
	bool bfq = !is_off(t, "io.bfq.weight");

	if (weight < 10 || weight > 1000)
		return rt_fail(e, 0, "%s: is not between 10 and 1000", what);
	snprintf(text, sizeof(text), "%s%lld", dev,
		(long long)(bfq ? weight : 1 + (weight - 10) * 9999 / 990));
	return set_text(t, bfq ? "io.bfq.weight" : "io.weight", text, what, e);
}

static int limit_io(struct target *t, const struct block_io_spec *b, struct rt_error *e)
{
	char dev[48];

	if (b->weight.set && b->weight.v != 0 &&
		limit_weight(t, "", b->weight.v, "linux.resources.blockIO.weight", e) != 0)
		return -1;
	for (size_t i = 0; i < b->weightDevice.n; i++) {
		const struct weight_spec *w = &b->weightDevice.v[i];
		snprintf(dev, sizeof(dev), "%lld:%lld ", (long long)w->major.v,
			(long long)w->minor.v);
		if (w->weight.set && w->weight.v != 0 &&
			limit_weight(t, dev, w->weight.v, "linux.resources.blockIO.weightDevice",
				e) != 0)
			return -1;
	}
#define THROTTLE(name, key) \
	limit_throttle(t, b->name.v, b->name.n, key, "linux.resources.blockIO." #name, e)
	if (THROTTLE(throttleReadBpsDevice, "rbps") != 0 ||
		THROTTLE(throttleWriteBpsDevice, "wbps") != 0 ||
		THROTTLE(throttleReadIOPSDevice, "riops") != 0 ||
		THROTTLE(throttleWriteIOPSDevice, "wiops") != 0)
		return -1;
	return 0;
}

/* Pages in use and, where the kernel has it, pages set aside: a reservation must not go past it. */
static int limit_hugepages(struct target *t, const struct hugepage_spec *h, struct rt_error *e)
{
	static const char what[] = "linux.resources.hugepageLimits";
	char file[64];

	if (strchr(h->pageSize, '/') != NULL)
		return rt_fail(e, 0, "%s: \"%.32s\" is no size of a page", what, h->pageSize);
	snprintf(file, sizeof(file), "hugetlb.%.32s.max", h->pageSize);
	if (set_number(t, file, h->limit.v, what, e) != 0)
		return -1;
	snprintf(file, sizeof(file), "hugetlb.%.32s.rsvd.max", h->pageSize);
	return is_off(t, file) ? 0 : set_number(t, file, h->limit.v, what, e);
}

static int limit_rdma(struct target *t, const struct rdma_spec *r, struct rt_error *e)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "%.64s", r->device);

	if (r->hcaHandles.set)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " hca_handle=%lld",
			(long long)r->hcaHandles.v);
	if (r->hcaObjects.set)
		snprintf(text + n, sizeof(text) - (size_t)n, " hca_object=%lld",
			(long long)r->hcaObjects.v);
	return set_text(t, "rdma.max", text, "linux.resources.rdma", e);
}

static int limit_rest(struct target *t, const struct resources_spec *r, struct rt_error *e)
{
	for (size_t i = 0; i < r->hugepageLimits.n; i++) {
		if (limit_hugepages(t, &r->hugepageLimits.v[i], e) != 0)
			return -1;
	}
	for (size_t i = 0; i < r->rdma.n; i++) {
		if (limit_rdma(t, &r->rdma.v[i], e) != 0)
			return -1;
	}
	for (size_t i = 0; i < r->unified.n; i++) {
		const struct pair *p = &r->unified.v[i];
		if (strchr(p->key, '/') != NULL || strchr(p->key, '.') == NULL || p->key[0] == '.')
			return rt_fail(
				e, 0, "linux.resources.unified: \"%s\" is no cgroup file", p->key);
		if (set_text(t, p->key, p->value, "linux.resources.unified", e) != 0)
			return -1;
	}
	return 0;
}

static bool asks_for_something(const struct resources_spec *r)
{
	return r->devices.n || r->memory || r->cpu || r->pids || r->blockIO ||
	       r->hugepageLimits.n || r->unified.n || r->rdma.n;
}

int cgroup_update(const char *path, int fd, const struct resources_spec *r, struct rt_error *e)
{
	struct target t = { .path = path, .fd = fd };

	if (r->memory != NULL && limit_memory(&t, r->memory, e) != 0)
		return -1;
	if (r->cpu != NULL && limit_cpu(&t, r->cpu, e) != 0)
		return -1;
	if (r->pids != NULL && r->pids->limit.set && r->pids->limit.v != 0 &&
		set_number(&t, "pids.max", r->pids->limit.v, "linux.resources.pids.limit", e) != 0)
		return -1;
	if (r->blockIO != NULL && limit_io(&t, r->blockIO, e) != 0)
		return -1;
	return limit_rest(&t, r, e);
}

int cgroup_limit(const char *path, int fd, const struct resources_spec *r, struct rt_error *e)
{
	if (r == NULL || !asks_for_something(r))
		return 0;
	if (fd < 0)
		return rt_fail(e, 0, "linux.resources: the machine has no cgroup v2");
	return cgroup_update(path, fd, r, e);
}
