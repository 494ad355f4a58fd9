/* What the creator adds to a bundle's own words: numbers of devices, one folder and one variable.
 */
#include "system-runtime/common/sys.h"
#include "system-runtime/container/job.h"

int spec_add(struct mem *m, struct spec *s, const struct create_options *o, struct rt_error *e)
{
	if (spec_device_limits(m, s, e) != 0)
		return -1;
	if (o->oom_score && !s->process->oomScoreAdj.set)
		s->process->oomScoreAdj = (struct opt_int){ .set = true };
	if (o->add_folder == NULL)
		return 0;
	size_t n = s->mounts.n, n_env = s->process->env.n;
	struct mount_spec *mounts = mem_array(m, n + 1, sizeof(*mounts));
	const char **env = mem_array(m, n_env + 2, sizeof(*env));

	if (mounts == NULL || env == NULL)
		return rt_fail(e, 0, "config.json: no memory for its mounts");
	for (size_t i = 0; i < n; i++)
		mounts[i] = s->mounts.v[i];
	mounts[n] = (struct mount_spec){ .destination = o->add_at,
		.source = o->add_folder,
		.type = "bind",
		.from = MOUNT_BIND,
		.by_creator = true,
		.attr_set = MOUNT_ATTR_RDONLY };
	s->mounts.v = mounts;
	s->mounts.n = n + 1;
	for (size_t i = 0; i < n_env; i++)
		env[i] = s->process->env.v[i];
	env[n_env] = o->add_env;
	s->process->env.v = env;
	s->process->env.n = n_env + 1;
	return 0;
}
