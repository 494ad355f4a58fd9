/*
 * Places to mount on, in roots that stay read-only on the target: what a container mounts gets an
 * empty folder or file in its image's files when the image has none. Only for Slipway's own layout,
 * where the root image is read-only; under LinuxKit's init it is in memory.
 */
#include "mkimage/build/build_impl.h"

#include <string.h>

/* Something else is mounted above it: the place is not the image's to give. */
static bool covered(const struct service *s, const struct mount_point *m)
{
	vec_each (struct mount_point, other, &s->mounts) {
		size_t len = strlen(other->destination);
		while (len && other->destination[len - 1] == '/')
			len--;
		if (len && strncmp(m->destination, other->destination, len) == 0 &&
			m->destination[len] == '/' && m->destination[len + 1])
			return true;
	}
	return false;
}

/* A bind of a file needs a file. Paths that only the running machine has are folders, but for /dev.
 */
static bool wants_file(const struct build *b, const struct mount_point *m)
{
	if (strcmp(m->type, "bind") != 0)
		return false;
	const struct node *n = tree_find(b->tree->root, m->source);
	if (n)
		return n->inode->type != NODE_DIR;
	const char *base = strrchr(m->source, '/');
	return strncmp(m->source, "/dev/", 5) == 0 || (base && strstr(base, ".sock"));
}

/* NULL: nothing can be made, since the path leads through a link or a file. */
static const struct node *nearest(const struct node *root, const char *path)
{
	const struct node *n = root;
	while (n && n->inode->type == NODE_DIR) {
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		if (!len)
			break;
		const struct node *next = tree_child(n, path, len);
		if (!next)
			return n;
		n = next;
		path += len;
	}
	return NULL;
}

static int one(struct build *b, const struct service *s, const struct mount_point *m,
	struct node *root, struct diags *d)
{
	struct origin from = { s->ref, root->inode->loc };
	if (covered(s, m) || !nearest(root, m->destination))
		return 0;
	if (wants_file(b, m))
		return put_file(b, b->tree, root, m->destination, "", 0, 0644, from, d);
	return put_folder(b, b->tree, root, m->destination, 0755, from, NULL, d);
}

int build_mount_points(struct build *b, struct diags *d)
{
	for (size_t i = 0; i < b->plan->services_len && b->plan->slipway_init; i++) {
		const struct service *s = &b->plan->services[i];
		struct node *root = tree_find(b->tree->root, s->root_dir);
		vec_each (struct mount_point, m, &s->mounts) {
			if (root && one(b, s, m, root, d) < 0)
				return fail_ctx(d, "making places to mount on for \"%s\"", s->name);
		}
	}
	return 0;
}
