/* Paths inside the tree, one part at a time. */
#ifndef TREE_TREE_IMPL_H
#define TREE_TREE_IMPL_H

#include "mkimage/tree/tree.h"

enum {
	NAME_LIMIT = 255,  /* NAME_MAX of every Linux file system that we write */
	DEPTH_LIMIT = 256, /* bounds the walks' stacks; real systems stay below 40 */
	PATH_LIMIT = 4095, /* PATH_MAX less the NUL: a longer one could not be opened */
};

/* The next part of *path, which moves behind it; len 0: there is none. Skips "." and empty parts.
 */
struct path_part {
	const char *name;
	size_t len;
};
struct path_part path_next(const char **path);
bool path_part_is_up(struct path_part p);

/* Where name is among dir's children, or would be; *found says which. */
size_t tree_index(const struct node *dir, const char *name, size_t len, bool *found);

#endif
