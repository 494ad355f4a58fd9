/* Merged /usr (Debian's usrmerge; hier(7)): the folders of the root that moved below usr/. */
#include "mkimage/pkg/deb_impl.h"

#include <string.h>

const char *const deb_merged[] = { "bin", "lib", "lib32", "lib64", "libx32", "sbin", NULL };

const char *deb_merged_path(struct arena *a, const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	if (strcmp(path, ".") == 0)
		return "";
	size_t len = strcspn(path, "/");
	for (size_t i = 0; deb_merged[i]; i++)
		if (strlen(deb_merged[i]) == len && strncmp(path, deb_merged[i], len) == 0)
			return arena_fmt(a, "usr/%s", path);
	return arena_str(a, path);
}

int deb_merged_links(struct tree *t, int64_t mtime, struct diags *d)
{
	for (size_t i = 0; deb_merged[i]; i++) {
		const char *to = arena_fmt(t->mem, "usr/%s", deb_merged[i]);
		const struct node *n = tree_find(t->root, to);
		if (!n || n->inode->type != NODE_DIR || tree_find(t->root, deb_merged[i]))
			continue;
		if (tree_symlink(t, t->root, deb_merged[i], to, mtime, d) < 0)
			return -1;
	}
	return 0;
}
