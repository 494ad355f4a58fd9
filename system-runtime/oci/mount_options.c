/* Mount options: flags of the mount, propagation, bind; the rest goes to the filesystem. */
#include "system-runtime/oci/features.h"

#include <linux/mount.h>

enum opt_kind {
	OPT_SET,
	OPT_CLEAR,
	OPT_PROPAGATION,
	OPT_IDMAP,
	OPT_BIND,
	OPT_REMOUNT,
	OPT_COPY_UP,
	OPT_NOTHING,
	OPT_REFUSED
};

struct option {
	char name[14];
	uint8_t kind; /* enum opt_kind */
	uint32_t value;
};

/* OPT_SET and OPT_CLEAR also exist with an "r" before the name: for the whole tree. */
static const struct option options[] = {
	{ "ro", OPT_SET, MOUNT_ATTR_RDONLY },
	{ "rw", OPT_CLEAR, MOUNT_ATTR_RDONLY },
	{ "nosuid", OPT_SET, MOUNT_ATTR_NOSUID },
	{ "suid", OPT_CLEAR, MOUNT_ATTR_NOSUID },
	{ "nodev", OPT_SET, MOUNT_ATTR_NODEV },
	{ "dev", OPT_CLEAR, MOUNT_ATTR_NODEV },
	{ "noexec", OPT_SET, MOUNT_ATTR_NOEXEC },
	{ "exec", OPT_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "nodiratime", OPT_SET, MOUNT_ATTR_NODIRATIME },
	{ "diratime", OPT_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "noatime", OPT_SET, MOUNT_ATTR_NOATIME },
	{ "atime", OPT_CLEAR, MOUNT_ATTR__ATIME },
	{ "strictatime", OPT_SET, MOUNT_ATTR_STRICTATIME },
	{ "nostrictatime", OPT_CLEAR, MOUNT_ATTR__ATIME },
	{ "norelatime", OPT_CLEAR, MOUNT_ATTR__ATIME },
	{ "relatime", OPT_CLEAR, MOUNT_ATTR__ATIME }, /* relatime is the absence of the others */
	{ "nosymfollow", OPT_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "symfollow", OPT_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", OPT_PROPAGATION, MS_PRIVATE },
	{ "shared", OPT_PROPAGATION, MS_SHARED },
	{ "slave", OPT_PROPAGATION, MS_SLAVE },
	{ "unbindable", OPT_PROPAGATION, MS_UNBINDABLE },
	{ "bind", OPT_BIND, 0 },
	{ "remount", OPT_REMOUNT, 0 },
	{ "defaults", OPT_NOTHING, 0 },
	{ "idmap", OPT_IDMAP, 0 },
	{ "tmpcopyup", OPT_COPY_UP, 0 },
	/* What a new filesystem is anyhow, and what mount(8) alone cares about. */
	{ "async", OPT_NOTHING, 0 },
	{ "nomand", OPT_NOTHING, 0 },
	{ "nolazytime", OPT_NOTHING, 0 },
	{ "noiversion", OPT_NOTHING, 0 },
	{ "silent", OPT_NOTHING, 0 },
	{ "loud", OPT_NOTHING, 0 },
	{ "copy-symlink", OPT_REFUSED, 0 },
};

/* *recursive says whether name was found behind an "r". */
static const struct option *find(const char *name, bool *recursive)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		*recursive = false;
		if (strcmp(name, options[i].name) == 0)
			return &options[i];
		*recursive = true;
		if (options[i].kind <= OPT_BIND && name[0] == 'r' &&
			strcmp(name + 1, options[i].name) == 0)
			return &options[i];
	}
	return NULL;
}

void mount_features(struct json_out *o)
{
	char name[32];

	jw_open(o, "mountOptions", '[');
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].kind == OPT_REFUSED)
			continue;
		jw_str(o, NULL, options[i].name);
		snprintf(name, sizeof(name), "r%.14s", options[i].name);
		if (options[i].kind <= OPT_BIND)
			jw_str(o, NULL, name);
	}
	jw_close(o, ']');
}

static void apply(struct mount_spec *m, const struct option *o, bool recursive)
{
	uint64_t *set = recursive ? &m->rec_attr_set : &m->attr_set;
	uint64_t *clear = recursive ? &m->rec_attr_clear : &m->attr_clear;
	uint64_t value = o->value, atime = (value & MOUNT_ATTR__ATIME) ? MOUNT_ATTR__ATIME : 0;

	switch ((enum opt_kind)o->kind) {
	case OPT_SET:
		/* Access-time rules replace each other; for the others the last word counts. */
		*set = (*set & ~atime) | value;
		*clear &= ~value;
		return;
	case OPT_CLEAR:
		*clear |= value;
		*set &= ~value;
		return;
	case OPT_PROPAGATION:
		m->propagation = value;
		m->propagation_recursive = recursive;
		return;
	case OPT_IDMAP:
		m->idmap = true;
		m->idmap_recursive = recursive;
		return;
	case OPT_COPY_UP:
		m->copy_up = true;
		return;
	case OPT_BIND:
		m->from = MOUNT_BIND;
		m->recursive = recursive;
		return;
	case OPT_REMOUNT:
	case OPT_NOTHING:
	case OPT_REFUSED:
		return;
	}
}

/* As mount(8) has it: with "bind" the mount alone is changed, without also its filesystem. */
static int check_remount(struct mount_spec *m, const char *where, struct rt_error *e)
{
	if (m->idmap || m->copy_up)
		return rt_fail(e, 0,
			"%s.options: \"remount\" changes a mount that is there; \"%s\" needs a new one",
			where, m->idmap ? "idmap" : "tmpcopyup");
	if (m->from == MOUNT_BIND)
		m->data.n = 0;
	m->from = MOUNT_REMOUNT;
	return 0;
}

int mount_options(struct mem *mem, struct mount_spec *m, const char *where, struct rt_error *e)
{
	bool remount = false;

	if (m->type != NULL && strcmp(m->type, "bind") == 0)
		m->from = MOUNT_BIND;
	m->data.v = mem_array(mem, m->options.n + 1, sizeof(*m->data.v));
	if (m->data.v == NULL)
		return rt_fail(e, 0, "%s: no memory for %zu options", where, m->options.n);
	for (size_t i = 0; i < m->options.n; i++) {
		const char *name = m->options.v[i];
		bool recursive;
		const struct option *o = find(name, &recursive);
		if (o == NULL)
			m->data.v[m->data.n++] = name;
		else if (o->kind == OPT_REFUSED)
			return rt_fail(e, 0,
				"%s.options[%zu]: \"%s\" is not carried out by this version", where,
				i, name);
		else if (o->kind == OPT_REMOUNT)
			remount = true;
		else
			apply(m, o, recursive);
	}
	if ((m->uidMappings.n > 0) != (m->gidMappings.n > 0))
		return rt_fail(e, 0, "%s: uidMappings and gidMappings go together", where);
	m->idmap |= m->uidMappings.n > 0;
	if (m->idmap && m->from != MOUNT_BIND)
		return rt_fail(e, 0, "%s: only a bind mount can be id-mapped", where);
	if (m->copy_up && (m->from != MOUNT_FS || m->type == NULL || strcmp(m->type, "tmpfs") != 0))
		return rt_fail(e, 0, "%s.options: \"tmpcopyup\" goes with a tmpfs", where);
	/* mode=755 and the like of the filesystem that is bound: mount(2) passes them over as well.
	 */
	for (size_t i = 0; m->from == MOUNT_BIND && i < m->data.n; i++) {
		if (strchr(m->data.v[i], '=') == NULL)
			return rt_fail(e, 0, "%s.options: a bind mount knows no option \"%s\"",
				where, m->data.v[i]);
	}
	if (remount)
		return check_remount(m, where, e);
	if (m->from == MOUNT_FS && (m->rec_attr_set | m->rec_attr_clear)) {
		/* A new filesystem has nothing below it. */
		m->attr_set |= m->rec_attr_set;
		m->attr_clear |= m->rec_attr_clear;
	}
	return 0;
}
