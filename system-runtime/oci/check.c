#include "system-runtime/oci/features.h"

#include <linux/mount.h>
#include <sched.h>
#include <sys/resource.h>

static int check_caps(const struct strv *names, cap_set *out, const char *where, const char *set,
	struct rt_error *e)
{
	for (size_t i = 0; i < names->n; i++) {
		int n = cap_number(names->v[i]);
		if (n < 0)
			return rt_fail(e, 0,
				"%s.capabilities.%s[%zu]: there is no capability \"%s\"", where,
				set, i, names->v[i]);
		*out |= 1ULL << n;
	}
	return 0;
}

static int check_all_caps(struct caps_spec *c, const char *where, struct rt_error *e)
{
	if (check_caps(&c->bounding, &c->set_bounding, where, "bounding", e) != 0 ||
		check_caps(&c->effective, &c->set_effective, where, "effective", e) != 0 ||
		check_caps(&c->inheritable, &c->set_inheritable, where, "inheritable", e) != 0 ||
		check_caps(&c->permitted, &c->set_permitted, where, "permitted", e) != 0 ||
		check_caps(&c->ambient, &c->set_ambient, where, "ambient", e) != 0)
		return -1;
	if (c->set_effective & ~c->set_permitted)
		return rt_fail(
			e, 0, "%s.capabilities.effective: holds what permitted does not", where);
	if (c->set_ambient & ~(c->set_permitted & c->set_inheritable))
		return rt_fail(e, 0,
			"%s.capabilities.ambient: holds what permitted and inheritable do not both hold",
			where);
	return 0;
}

int process_check(struct mem *m, struct process_spec *p, const char *where, struct rt_error *e)
{
	if (p->args.n == 0 && !p->absent)
		return rt_fail(e, 0, "%s.args: is missing or empty: what shall run?", where);
	if (p->cwd[0] != '/')
		return rt_fail(e, 0, "%s.cwd: \"%s\" is not an absolute path", where, p->cwd);
	if (p->user == NULL && (p->user = mem_alloc(m, sizeof(*p->user))) == NULL)
		return rt_fail(e, 0, "%s: no memory", where);
	if (p->user->umask.set && (p->user->umask.v < 0 || p->user->umask.v > 0777))
		return rt_fail(e, 0, "%s.user.umask: is not between 0 and 0777", where);
	if (p->oomScoreAdj.set && (p->oomScoreAdj.v < -1000 || p->oomScoreAdj.v > 1000))
		return rt_fail(e, 0, "%s.oomScoreAdj: is not between -1000 and 1000", where);
	for (size_t i = 0; i < p->rlimits.n; i++) {
		struct rlimit_spec *r = &p->rlimits.v[i];
		r->resource = rlimit_number(r->type);
		if (r->resource < 0)
			return rt_fail(e, 0, "%s.rlimits[%zu].type: there is no limit \"%s\"",
				where, i, r->type);
		if (r->soft > r->hard)
			return rt_fail(e, 0, "%s.rlimits[%zu]: soft is above hard", where, i);
	}
	if (policy_check(p, where, e) != 0)
		return -1;
	return p->capabilities != NULL ? check_all_caps(p->capabilities, where, e) : 0;
}

struct ns_name {
	const char *type;
	uint64_t flag;
};

static const struct ns_name ns_names[] = {
	{ "pid", CLONE_NEWPID },
	{ "network", CLONE_NEWNET },
	{ "mount", CLONE_NEWNS },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
	{ "user", CLONE_NEWUSER },
	{ "cgroup", CLONE_NEWCGROUP },
	{ "time", CLONE_NEWTIME },
};

void namespace_features(struct json_out *o)
{
	FEATURES_WORDS(o, "namespaces", "", ns_names);
}

static int check_namespace(struct linux_spec *l, size_t i, struct rt_error *e)
{
	struct namespace_spec *n = &l->namespaces.v[i];

	for (size_t k = 0; k < ARRAY_LEN(ns_names); k++) {
		if (strcmp(n->type, ns_names[k].type) == 0)
			n->flag = ns_names[k].flag;
	}
	if (n->flag == 0)
		return rt_fail(
			e, 0, "linux.namespaces[%zu].type: \"%s\" is not carried out", i, n->type);
	for (size_t k = 0; k < i; k++) {
		if (l->namespaces.v[k].flag == n->flag)
			return rt_fail(
				e, 0, "linux.namespaces[%zu]: \"%s\" is given twice", i, n->type);
	}
	if (n->path == NULL || n->path[0] == '\0') {
		n->path = NULL;
		l->new_namespaces |= n->flag;
		return 0;
	}
	l->joins = true;
	return 0;
}

static int check_namespaces(const struct spec *s, struct linux_spec *l, struct rt_error *e)
{
	for (size_t i = 0; i < l->namespaces.n; i++) {
		if (check_namespace(l, i, e) != 0)
			return -1;
	}
	if ((s->hostname || s->domainname) && namespace_of(s, CLONE_NEWUTS) == NULL)
		return rt_fail(e, 0, "%s: needs a namespace of type \"uts\" in linux.namespaces",
			s->hostname ? "hostname" : "domainname");
	bool new_user = l->new_namespaces & CLONE_NEWUSER;
	if (new_user && (l->uidMappings.n == 0 || l->gidMappings.n == 0))
		return rt_fail(e, 0,
			"linux.uidMappings, linux.gidMappings: a new user namespace needs both");
	if (!new_user && (l->uidMappings.n > 0 || l->gidMappings.n > 0))
		return rt_fail(e, 0,
			"linux.uidMappings: needs a new namespace of type \"user\" in linux.namespaces");
	return 0;
}

struct propagation {
	const char *name;
	uint64_t flag;
};

static const struct propagation propagations[] = {
	{ "private", MS_PRIVATE },
	{ "shared", MS_SHARED },
	{ "slave", MS_SLAVE },
	{ "unbindable", MS_UNBINDABLE },
};

static int check_propagation(struct linux_spec *l, struct rt_error *e)
{
	const char *name = l->rootfsPropagation;

	if (name == NULL || name[0] == '\0')
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(propagations); i++) {
		l->root_propagation_recursive = name[0] == 'r' &&
						strcmp(name + 1, propagations[i].name) == 0;
		if (l->root_propagation_recursive || strcmp(name, propagations[i].name) == 0) {
			l->root_propagation = propagations[i].flag;
			return 0;
		}
	}
	return rt_fail(e, 0,
		"linux.rootfsPropagation: \"%s\" is none of [r]private, [r]shared, "
		"[r]slave, [r]unbindable",
		name);
}

static int check_mounts(struct mem *m, struct spec *s, struct rt_error *e)
{
	char where[32];

	for (size_t i = 0; i < s->mounts.n; i++) {
		struct mount_spec *mnt = &s->mounts.v[i];
		snprintf(where, sizeof(where), "mounts[%zu]", i);
		if (mnt->destination[0] == '\0')
			return rt_fail(e, 0, "%s.destination: is empty", where);
		if (mount_options(m, mnt, where, e) != 0)
			return -1;
		if (mnt->from == MOUNT_BIND && (mnt->source == NULL || mnt->source[0] == '\0'))
			return rt_fail(e, 0, "%s.source: a bind mount needs one", where);
		if (mnt->from == MOUNT_FS && (mnt->type == NULL || mnt->type[0] == '\0'))
			return rt_fail(e, 0, "%s.type: is missing", where);
	}
	return 0;
}

/* Sysctls that the kernel keeps per namespace; any other would change the whole machine. */
static int check_sysctl(const struct spec *s, const char *key, struct rt_error *e)
{
	static const char *const ipc[] = { "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",
		"kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
		"kernel.shm_rmid_forced" };
	uint64_t ns = strncmp(key, "net.", 4) == 0 || strncmp(key, "net/", 4) == 0 ? CLONE_NEWNET
										   : 0;

	if (strncmp(key, "fs.mqueue.", 10) == 0)
		ns = CLONE_NEWIPC;
	if (strcmp(key, "kernel.hostname") == 0 || strcmp(key, "kernel.domainname") == 0)
		ns = CLONE_NEWUTS;
	for (size_t i = 0; i < ARRAY_LEN(ipc); i++)
		ns |= strcmp(key, ipc[i]) == 0 ? CLONE_NEWIPC : 0;
	if (ns == 0 || strstr(key, "..") != NULL)
		return rt_fail(e, 0,
			"linux.sysctl: \"%s\" belongs to the machine, not to a namespace", key);
	if (namespace_of(s, ns) == NULL)
		return rt_fail(e, 0,
			"linux.sysctl: \"%s\" needs a %s namespace of the container's own", key,
			ns == CLONE_NEWNET   ? "network"
			: ns == CLONE_NEWIPC ? "ipc"
					     : "uts");
	return 0;
}

static int check_devices(const struct linux_spec *l, struct rt_error *e)
{
	for (size_t i = 0; i < l->devices.n; i++) {
		const struct device_spec *d = &l->devices.v[i];
		bool fifo = strcmp(d->type, "p") == 0;
		if (d->type[0] == '\0' || d->type[1] != '\0' || strchr("bcup", d->type[0]) == NULL)
			return rt_fail(e, 0,
				"linux.devices[%zu].type: \"%s\" is none of b, c, u, p", i,
				d->type);
		if (strncmp(d->path, "/", 1) != 0)
			return rt_fail(e, 0, "linux.devices[%zu].path: is not absolute", i);
		if (!fifo && (!d->major.set || !d->minor.set || d->major.v < 0 || d->minor.v < 0))
			return rt_fail(e, 0, "linux.devices[%zu]: major and minor are needed", i);
	}
	return 0;
}

static struct process_spec *no_process(struct mem *m)
{
	struct process_spec *p = mem_alloc(m, sizeof(*p));

	if (p != NULL)
		*p = (struct process_spec){ .cwd = "/", .absent = true };
	return p;
}

int spec_check(struct mem *m, struct spec *s, struct rt_error *e)
{
	if (strncmp(s->ociVersion, "1.", 2) != 0)
		return rt_fail(e, 0, "ociVersion: \"%s\" is not 1.x", s->ociVersion);
	if (s->root == NULL || s->root->path[0] == '\0')
		return rt_fail(e, 0, "root.path: is missing");
	if (s->process == NULL && (s->process = no_process(m)) == NULL)
		return rt_fail(e, 0, "process: no memory");
	if (s->linux_ == NULL)
		return rt_fail(e, 0, "linux: is missing");
	if (s->hostname != NULL && s->hostname[0] == '\0')
		s->hostname = NULL;
	if (s->domainname != NULL && s->domainname[0] == '\0')
		s->domainname = NULL;
	if (process_check(m, s->process, "process", e) != 0 ||
		check_namespaces(s, s->linux_, e) != 0 || check_propagation(s->linux_, e) != 0 ||
		check_mounts(m, s, e) != 0 || linux_check(s, e) != 0 ||
		check_devices(s->linux_, e) != 0 ||
		(s->linux_->seccomp != NULL && seccomp_check(s->linux_->seccomp, e) != 0))
		return -1;
	for (size_t i = 0; i < s->linux_->sysctl.n; i++) {
		if (check_sysctl(s, s->linux_->sysctl.v[i].key, e) != 0)
			return -1;
	}
	return 0;
}

const char *annotation(const struct spec *s, const char *key)
{
	for (size_t i = 0; i < s->annotations.n; i++) {
		if (strcmp(s->annotations.v[i].key, key) == 0)
			return s->annotations.v[i].value;
	}
	return NULL;
}

const struct namespace_spec *namespace_of(const struct spec *s, uint64_t flag)
{
	for (size_t i = 0; i < s->linux_->namespaces.n; i++) {
		if (s->linux_->namespaces.v[i].flag == flag)
			return &s->linux_->namespaces.v[i];
	}
	return NULL;
}

int spec_load_from(
	struct mem *m, int bundle, const char *file, struct spec *out, struct rt_error *e)
{
	if (file == NULL)
		file = "config.json";
	*out = (struct spec){ 0 };
	if (json_decode_file(m, bundle, file, &spec_table, out, e) != 0)
		return -1;
	if (spec_check(m, out, e) != 0) {
		mem_close(m);
		return rt_wrap(e, "%s", file);
	}
	return 0;
}

int spec_load(struct mem *m, int bundle, struct spec *out, struct rt_error *e)
{
	return spec_load_from(m, bundle, NULL, out, e);
}
