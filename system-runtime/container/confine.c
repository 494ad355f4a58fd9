/* linux.seccomp of a container: prepared by the creator, applied by the process that will execve.
 */
#include "system-runtime/container/job.h"
#include "system-runtime/state/state.h"

int seccomp_prepare(struct job *j, struct mem *m, int state_dir, struct rt_error *e)
{
	const struct seccomp_spec *s = j->spec->linux_->seccomp;

	if (s == NULL)
		return 0;
	if (filter_prepare(m, state_dir, s, &j->filter, e) != 0)
		return -1;
	return filter_connect(&j->filter, &j->seccomp_socket, e);
}

/* containerProcessState of the runtime spec (config-linux.md). */
static size_t message(const struct job *j, char *buf, size_t size)
{
	struct json_out o = { .buf = buf, .size = size };
	struct state s = *j->state;

	if (j->spec != NULL)
		s.pid = (struct opt_int){ .v = j->self, .set = true };
	jw_open(&o, NULL, '{');
	jw_str(&o, "ociVersion", s.ociVersion);
	jw_open(&o, "fds", '[');
	jw_str(&o, NULL, "seccompFd");
	jw_close(&o, ']');
	jw_int(&o, "pid", j->self);
	jw_str(&o, "metadata", j->filter.listener_metadata);
	jw_raw(&o, ",\"state\":");
	o.comma = false;
	state_json(&o, &s, j->spec != NULL ? STATUS_CREATED : STATUS_RUNNING, false);
	jw_close(&o, '}');
	return o.full ? 0 : o.len;
}

int seccomp_apply(struct job *j, struct rt_error *e)
{
	static char text[300 * 1024];

	j->filtered = true;
	if (j->filter.listener_path == NULL)
		return filter_load(&j->filter, NULL, e);
	size_t len = message(j, text, sizeof(text));
	if (len == 0)
		return rt_fail(
			e, 0, "linux.seccomp: annotations: more than %zu bytes", sizeof(text));
	return filter_load_notify(&j->filter, j->seccomp_socket, text, len, e);
}
