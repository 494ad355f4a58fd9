/* ROOT/ID/state.json, read and written; and the JSON of `state` and `list`. */
#include "system-runtime/common/file.h"
#include "system-runtime/oci/spec.h"
#include "system-runtime/state/state.h"

#include <errno.h>

static const struct field state_fields[] = {
	FIELD_NEEDED(struct state, ociVersion, F_STR),
	FIELD_NEEDED(struct state, id, F_STR),
	FIELD(struct state, pid, F_INT),
	FIELD_NEEDED(struct state, bundle, F_STR),
	FIELD_NEEDED(struct state, rootfs, F_STR),
	FIELD_NEEDED(struct state, created, F_STR),
	FIELD(struct state, config, F_STR),
	FIELD_NEEDED(struct state, cgroup, F_STR),
	FIELD(struct state, own_cgroup, F_BOOL),
	FIELD(struct state, chroot, F_BOOL),
	FIELD(struct state, rootfs_mount, F_U64),
	FIELD(struct state, pidfd_inode, F_U64),
	FIELD(struct state, start_time, F_U64),
	FIELD(struct state, rdt, F_STR),
	FIELD(struct state, own_rdt, F_BOOL),
	FIELD(struct state, own_monitor, F_BOOL),
	FIELD(struct state, annotations, F_PAIRS),
};
static const struct table state_table = TABLE(struct state, state_fields);

const char *status_name(enum status s)
{
	static const char *const names[] = { "creating", "created", "running", "paused",
		"stopped" };

	return names[s];
}

int state_read(int dir, const char *id, struct mem *m, struct state *s, struct rt_error *e)
{
	*s = (struct state){ 0 };
	if (json_decode_file(m, dir, "state.json", &state_table, s, e) != 0)
		return rt_wrap(e, "container \"%s\"", id);
	return 0;
}

void state_json(struct json_out *o, const struct state *s, enum status status, bool extra)
{
	jw_open(o, NULL, '{');
	jw_str(o, "ociVersion", s->ociVersion);
	jw_str(o, "id", s->id);
	if (status != STATUS_STOPPED && s->pid.set)
		jw_int(o, "pid", s->pid.v);
	else
		jw_int(o, "pid", 0);
	jw_str(o, "status", status_name(status));
	jw_str(o, "bundle", s->bundle);
	if (extra) {
		jw_str(o, "rootfs", s->rootfs ? s->rootfs : "");
		jw_str(o, "created", s->created ? s->created : "");
		jw_str(o, "owner", "root");
	}
	if (s->annotations.n > 0) {
		jw_open(o, "annotations", '{');
		for (size_t i = 0; i < s->annotations.n; i++)
			jw_str(o, s->annotations.v[i].key, s->annotations.v[i].value);
		jw_close(o, '}');
	}
	jw_close(o, '}');
}

int state_save(int dir, const struct state *s, struct rt_error *e)
{
	static char buf[256 * 1024];
	struct json_out o = { .buf = buf, .size = sizeof(buf) };

	jw_open(&o, NULL, '{');
	jw_str(&o, "ociVersion", s->ociVersion);
	jw_str(&o, "id", s->id);
	if (s->pid.set)
		jw_int(&o, "pid", s->pid.v);
	jw_str(&o, "bundle", s->bundle);
	jw_str(&o, "rootfs", s->rootfs);
	jw_str(&o, "created", s->created);
	if (s->config != NULL)
		jw_str(&o, "config", s->config);
	jw_str(&o, "cgroup", s->cgroup);
	jw_bool(&o, "own_cgroup", s->own_cgroup);
	jw_bool(&o, "chroot", s->chroot);
	jw_int(&o, "rootfs_mount", (int64_t)s->rootfs_mount);
	jw_int(&o, "pidfd_inode", (int64_t)s->pidfd_inode);
	jw_int(&o, "start_time", (int64_t)s->start_time);
	if (s->rdt != NULL) {
		jw_str(&o, "rdt", s->rdt);
		jw_bool(&o, "own_rdt", s->own_rdt);
		jw_bool(&o, "own_monitor", s->own_monitor);
	}
	jw_open(&o, "annotations", '{');
	for (size_t i = 0; i < s->annotations.n; i++)
		jw_str(&o, s->annotations.v[i].key, s->annotations.v[i].value);
	jw_close(&o, '}');
	jw_close(&o, '}');
	if (o.full)
		return rt_fail(e, 0, "annotations: more than %zu bytes", sizeof(buf));
	/* Before the first one is whole there is nothing to clean but the folder. */
	int r = s->pid.set ? file_replace(dir, "state.json", o.buf, o.len)
			   : file_make(dir, "state.json", o.buf, o.len);
	if (r != 0)
		return rt_fail(e, errno, "cannot write the state of \"%s\"", s->id);
	return 0;
}
