/* linux.intelRdt of config.json: classes of cache and memory bandwidth. */
#include "system-runtime/oci/spec.h"

#include <limits.h>

/* "/" is the class that everything is in at first; any other is one folder. */
static bool is_class(const char *name)
{
	return strcmp(name, "/") == 0 ||
	       (strpbrk(name, "/\n") == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		       strlen(name) <= NAME_MAX);
}

int rdt_check(struct rdt_spec *r, struct rt_error *e)
{
	const char *mb = r->memBwSchema;

	if (r->closID != NULL && !is_class(r->closID))
		return rt_fail(e, 0, "linux.intelRdt.closID: \"%s\" is no class's name", r->closID);
	if (mb != NULL && mb[0] != '\0' && (strncmp(mb, "MB:", 3) != 0 || strchr(mb, '\n') != NULL))
		return rt_fail(e, 0, "linux.intelRdt.memBwSchema: is no line that begins with MB:");
	for (size_t i = 0; i < r->schemata.n; i++) {
		if (strchr(r->schemata.v[i], '\n') != NULL)
			return rt_fail(e, 0, "linux.intelRdt.schemata[%zu]: is no line", i);
	}
	return 0;
}
