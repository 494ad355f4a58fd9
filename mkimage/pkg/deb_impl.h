/* Inside of .deb reading and selecting. */
#ifndef PKG_DEB_IMPL_H
#define PKG_DEB_IMPL_H

#include "mkimage/pkg/deb.h"

struct deb_part {
	uint64_t offset, len;
	char name[17];
};

/* Finds NAME.* (data.tar, control.tar) in fd's size bytes; what names the file in messages. */
CHECK int deb_part_find(int fd, uint64_t size, const char *what, const char *name,
	struct deb_part *out, struct diags *d);

/* "bin", "sbin", "lib", … : the folders of the root that merged /usr took in. NULL-terminated. */
extern const char *const deb_merged[];
/* "./bin/x" -> "usr/bin/x"; in the arena. */
const char *deb_merged_path(struct arena *a, const char *path);
/* Links of the root to those folders below usr/ that are there. */
CHECK int deb_merged_links(struct tree *t, int64_t mtime, struct diags *d);

/* What deb_select knows about a node. */
struct deb_mark {
	struct node *node;
	bool kept;
};

struct deb_marks {
	struct arena *mem;
	struct tree *tree;
	struct deb_mark *items; /* sorted by node */
	size_t len, cap;
	struct {
		struct node **items;
		size_t len, cap;
	} todo; /* kept, their needs not looked at yet */
};

bool deb_is_kept(const struct deb_marks *m, struct node *n);
/* Keeps n; its needs will be looked at. */
void deb_keep(struct deb_marks *m, struct node *n);
/*
 * The node that a path leads to from a folder, through links, as a program inside would get there;
 * keeps the links on the way when keep is set. NULL: nowhere.
 */
struct node *deb_follow(struct deb_marks *m, struct node *from, const char *path, bool keep);
/* Keeps what a file needs from the dynamic linker. */
CHECK int deb_needs(struct deb_marks *m, const struct node *n, struct diags *d);

#endif
