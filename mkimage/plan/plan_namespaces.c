#include "mkimage/plan/plan_impl.h"

#include <string.h>

static bool is(const struct y_str *y, const char *word)
{
	return strcmp(y->v, word) == 0;
}

/* NULL: the host's; "": a new one; else a path. */
static int choose(struct planner *pl, const struct y_str *y, bool none_is_new,
	const char *otherwise, const char **out)
{
	if (!y->v || !y->v[0])
		*out = otherwise;
	else if (is(y, "host") || is(y, "root"))
		*out = NULL;
	else if (is(y, "new") || (none_is_new && is(y, "none")))
		*out = "";
	else if (y->v[0] == '/')
		*out = y->v;
	else
		return fail_at(pl->d, y->at, "write `new`, `host`, or the path of a namespace",
			"\"%s\" names no namespace", y->v);
	return 0;
}

/*
 * A range of ids for each container, in the order of ids by name: the same file gives the same
 * ranges. The first 2^20 ids stay with the machine and what it runs.
 */
static int own_ids(struct planner *pl, const struct image_options *o, struct service *s)
{
	static const uint32_t size = 65536, first = 16;
	const struct y_id_mappings *given = o->uid_mappings.set ? &o->uid_mappings
								: &o->gid_mappings;
	struct id_mapping *m = ARENA_NEW(pl->mem, struct id_mapping);
	if (given->set)
		return fail_at(pl->d, given->at, "remove it, or write `userns: new`",
			"`userns: auto` chooses the ids itself");
	if (pl->p->services_len >= UINT32_MAX / size - first)
		return fail_at(pl->d, o->userns.at, NULL, "there are no ids left for a container");
	*m = (struct id_mapping){ .host_id = (first + (uint32_t)pl->p->services_len) * size,
		.size = size };
	s->uid_mappings = s->gid_mappings = m;
	s->uid_mappings_len = s->gid_mappings_len = 1;
	plan_set(pl->mem, &s->annotations, "io.slipway.userns", "auto");
	return 0;
}

int plan_namespaces(struct planner *pl, const struct image_options *o, struct service *s)
{
	const char *cgroup = pl->slipway ? "" : NULL;
	bool is_auto = o->userns.v && is(&o->userns, "auto");
	s->userns = is_auto ? "" : NULL;
	if (choose(pl, &o->net, true, NULL, &s->net) < 0 ||
		choose(pl, &o->ipc, false, NULL, &s->ipc) < 0 ||
		choose(pl, &o->uts, false, NULL, &s->uts) < 0 ||
		choose(pl, &o->pid, false, "", &s->pid) < 0 ||
		(is_auto ? own_ids(pl, o, s) : choose(pl, &o->userns, false, NULL, &s->userns)) <
			0 ||
		choose(pl, &o->cgroupns, false, cgroup, &s->cgroupns) < 0)
		return -1;
	if (o->hostname.v && o->hostname.v[0] && !s->uts)
		return plan_mistake(pl, o->hostname.at, "add `uts: new`",
			"a hostname without a uts namespace of its own would rename the machine");
	return 0;
}
