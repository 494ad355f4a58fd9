/* Paths as a container sees them: its image's files, and what is mounted over them. */
#include "mkimage/check/check_impl.h"

#include <string.h>

bool check_covered(const struct service *s, const char *path, const struct mount_point *except)
{
	path += strspn(path, "/");
	vec_each (struct mount_point, m, &s->mounts) {
		const char *on = m->destination + strspn(m->destination, "/");
		size_t len = strlen(on);
		while (len && on[len - 1] == '/')
			len--;
		if (m != except && strncmp(path, on, len) == 0 &&
			(!len || !path[len] || path[len] == '/'))
			return true;
	}
	return false;
}

const struct node *check_look(struct checker *c, const char *path, bool *covered)
{
	const char *end = path;
	*covered = check_covered(c->service, path, NULL);
	if (*covered)
		return NULL;
	const struct node *n = tree_follow(c->mem, c->root, path, &end);
	*covered = check_covered(c->service, end, NULL);
	return *covered ? NULL : n;
}
