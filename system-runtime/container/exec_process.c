#include "system-runtime/container/exec_process.h"
#include "base/auto_fd.h"
#include "system-runtime/state/state.h"

#include <fcntl.h>
#include <sys/file.h>

static int load_config(const char *root, const char *id, struct mem *m, struct process_spec *out,
	struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM sm = { 0 };
	struct state s;
	struct spec spec;

	if (state_open(root, id, &dir, e) != 0 || state_read(dir, id, &sm, &s, e) != 0)
		return -1;
	AUTO_FD bundle = openat(AT_FDCWD, s.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bundle < 0)
		return rt_fail(e, errno, "cannot open the bundle %s", s.bundle);
	if (spec_load_from(m, bundle, s.config, &spec, e) != 0)
		return -1;
	*out = *spec.process;
	out->terminal = out->absent = false; /* the caller says */
	return 0;
}

/* "UID[:GID]", whole numbers only: half-read words once ran the wrong user (CVE-2026-30892). */
static int set_user(struct process_spec *p, const char *text, struct rt_error *e)
{
	char *end = NULL;
	unsigned long uid, gid = p->user->gid;

	if (text == NULL)
		return 0;
	uid = strtoul(text, &end, 10);
	if (end != text && *end == ':' && end[1] >= '0' && end[1] <= '9')
		gid = strtoul(end + 1, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || uid >= UINT32_MAX ||
		gid >= UINT32_MAX)
		return rt_fail(e, 0, "--user: \"%s\" is not UID or UID:GID in numbers", text);
	p->user->uid = (uint32_t)uid;
	p->user->gid = (uint32_t)gid;
	return 0;
}

static int join(struct mem *m, struct strv *list, const char *const *more, size_t n, bool replace)
{
	size_t old = replace ? 0 : list->n;
	const char **v = mem_array(m, old + n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	for (size_t i = 0; i < old; i++)
		v[i] = list->v[i];
	/* Ours in front: whoever looks a name up finds the first. */
	memmove(v + n, v, old * sizeof(*v));
	for (size_t i = 0; i < n; i++)
		v[i] = more[i];
	list->v = v;
	list->n = old + n;
	return 0;
}

static int add_groups(
	struct mem *m, struct process_spec *p, const struct exec_request *r, struct rt_error *e)
{
	size_t old = p->user->additionalGids.n;
	uint32_t *v;

	if (r->n_groups == 0)
		return 0;
	v = mem_array(m, old + r->n_groups, sizeof(*v));
	if (v == NULL)
		return rt_fail(e, 0, "exec: too many groups");
	for (size_t i = 0; i < old; i++)
		v[i] = p->user->additionalGids.v[i];
	for (size_t i = 0; i < r->n_groups; i++) {
		const char *text = r->groups[i];
		char *end;
		unsigned long gid = strtoul(text, &end, 10);
		if (text[0] < '0' || text[0] > '9' || *end != '\0' || gid >= UINT32_MAX)
			return rt_fail(e, 0, "--additional-gids: \"%s\" is not a number", text);
		v[old + i] = (uint32_t)gid;
	}
	p->user->additionalGids.v = v;
	p->user->additionalGids.n = old + r->n_groups;
	return 0;
}

/* What the program may do: not inheritable and ambient, or a program of a user would have it too
 * (CVE-2022-29162). */
static int add_caps(
	struct mem *m, struct process_spec *p, const struct exec_request *r, struct rt_error *e)
{
	struct caps_spec *c;

	if (r->n_caps == 0)
		return 0;
	c = p->capabilities;
	if (c == NULL) {
		c = mem_alloc(m, sizeof(*c));
		if (c == NULL)
			return rt_fail(e, 0, "exec: no memory");
		*c = (struct caps_spec){ 0 };
		p->capabilities = c;
	}
	if (join(m, &c->bounding, r->caps, r->n_caps, false) != 0 ||
		join(m, &c->effective, r->caps, r->n_caps, false) != 0 ||
		join(m, &c->permitted, r->caps, r->n_caps, false) != 0)
		return rt_fail(e, 0, "exec: too many capabilities");
	return 0;
}

int exec_process_load(const char *root, const char *id, const struct exec_request *r, struct mem *m,
	struct process_spec *out, struct rt_error *e)
{
	if (r->process_file != NULL) {
		*out = (struct process_spec){ 0 };
		if (json_decode_file(m, AT_FDCWD, r->process_file, &process_table, out, e) != 0)
			return -1;
		out->terminal |= r->terminal;
		return process_check(m, out, "process", e);
	}
	if (r->n_args == 0)
		return rt_fail(e, 0, "exec: what shall run in \"%s\"?", id);
	if (load_config(root, id, m, out, e) != 0)
		return -1;
	if (join(m, &out->args, r->args, r->n_args, true) != 0 ||
		join(m, &out->env, r->env, r->n_env, false) != 0)
		return rt_fail(e, 0, "exec: too many arguments");
	if (r->cwd != NULL)
		out->cwd = r->cwd;
	out->terminal = r->terminal;
	out->noNewPrivileges |= r->no_new_privs;
	if (set_user(out, r->user, e) != 0 || add_groups(m, out, r, e) != 0 ||
		add_caps(m, out, r, e) != 0)
		return -1;
	return process_check(m, out, "process", e);
}
