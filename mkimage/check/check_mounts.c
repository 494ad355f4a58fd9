/*
 * Places to mount on. In Slipway's layout the build makes those that an image lacks, but not
 * through links or files; the runtime makes what is still missing, where the root can be written.
 */
#include "mkimage/check/check_impl.h"

#include <string.h>

/* How far a path leads. */
struct way {
	const struct node *last; /* the last node on it that is there */
	const char *at;		 /* the path to it */
	bool link;		 /* through a symbolic link */
};

static struct way follow(struct checker *c, const char *path)
{
	struct way w = { .last = c->root->root, .at = "/" };
	for (const char *p = path + strspn(path, "/"); *p;) {
		p += strcspn(p, "/");
		const char *part = arena_strn(c->mem, path, (size_t)(p - path));
		const struct node *plain = tree_find(c->root->root, part);
		const struct node *n = tree_follow(c->mem, c->root, part, NULL);
		if (!n) {
			w.link |= plain != NULL;
			return w;
		}
		w.link |= plain != n;
		w.last = n;
		w.at = part;
		p += strspn(p, "/");
	}
	return w;
}

static void check_mount(struct checker *c, const struct mount_point *m)
{
	const char *path = m->destination, *end = path;
	if (!m->at.line || path[0] != '/' || check_covered(c->service, path, m))
		return;
	const struct node *n = tree_follow(c->mem, c->root, path, &end);
	if (n || check_covered(c->service, end, m))
		return;
	struct way w = follow(c, path);
	if (w.last->inode->type != NODE_DIR)
		check_mistake(c, m->at, "mount it elsewhere",
			"the mount point \"%s\" cannot be made: \"%s\" is no folder in the image \"%s\"",
			path, w.at, c->service->ref);
	else if (w.link && c->service->readonly && c->plan->slipway_init)
		check_mistake(c, m->at,
			arena_fmt(c->mem, "mount it on \"/%s\", or make that in the image", end),
			"the mount point \"%s\" cannot be made: it leads through a symbolic link to nothing, and the root is read-only",
			path);
}

void check_mounts(struct checker *c)
{
	vec_each (struct mount_point, m, &c->service->mounts)
		check_mount(c, m);
}
