#include "mkimage/pkg/deb_impl.h"
#include "mkimage/pkg/glob.h"

#include <string.h>

/* One glob over the whole tree. */
struct match {
	struct deb_marks *marks;
	const char *glob;
	bool folder;		   /* it ends with '/' */
	bool all_below;		   /* collect what is in matching folders too */
	const struct node *inside; /* the matching folder that the walk is in; NULL: none */
	const char *near;	   /* the path of something that has the glob's last name */
	unsigned near_rank;
	struct {
		struct node **items;
		size_t len, cap;
	} found;
	size_t matches;
};

static bool is_below(const struct node *n, const struct node *above)
{
	for (; n; n = n->parent)
		if (n == above)
			return true;
	return false;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Of things of one name, a program is meant rather than its folders. */
static unsigned rank(const struct node *n)
{
	if (n->inode->type == NODE_DIR)
		return 1;
	return n->inode->type == NODE_FILE && (n->inode->mode & 0111) ? 3 : 2;
}

static int match_one(void *ctx, struct node *n, const char *path)
{
	struct match *x = ctx;
	struct arena *mem = x->marks->mem;
	bool dir = n->inode->type == NODE_DIR;
	bool in = x->inside && is_below(n, x->inside);
	if (!in) {
		x->inside = NULL;
		if (strcmp(n->name, last_name(x->glob)) == 0 && rank(n) > x->near_rank) {
			x->near = arena_str(mem, path);
			x->near_rank = rank(n);
		}
		if ((x->folder && !dir) || !glob_match(x->glob, path))
			return 0;
		x->matches++;
		x->inside = dir ? n : NULL;
	}
	if (!in || x->all_below)
		vec_push(mem, &x->found, n);
	return 0;
}

/* Globs speak of old places too ("lib/…"); the links of the root are named alone. */
static const char *glob_path(struct arena *a, const char *glob)
{
	glob += strspn(glob, "/");
	return strchr(glob, '/') && strchr(glob, '/')[1] ? deb_merged_path(a, glob) : glob;
}

static int match_all(
	struct deb_marks *m, const char *glob, bool keep, struct match *x, struct diags *d)
{
	const char *path = glob_path(m->mem, glob);
	size_t len = strlen(path);
	*x = (struct match){ .marks = m, .folder = len && path[len - 1] == '/', .all_below = keep };
	while (len && path[len - 1] == '/')
		len--;
	x->glob = arena_strn(m->mem, path, len);
	(void)tree_walk(m->tree->root, match_one, x);
	if (x->matches)
		return 0;
	return fail(d, KIND_INPUT,
		x->near ? arena_fmt(d->mem, "did you mean \"%s\"?", x->near)
			: "see what the packages have with `dpkg-deb -c` or `apt-file list`",
		"`%s` names \"%s\", which no package has", keep ? "keep" : "drop", glob);
}

static int drop_all(struct deb_marks *m, const struct strings *drop, struct diags *d)
{
	for (size_t i = 0; i < drop->len; i++) {
		struct match x;
		if (match_all(m, drop->items[i], false, &x, d) < 0)
			return -1;
		for (size_t k = 0; k < x.found.len; k++)
			tree_remove(x.found.items[k]);
	}
	return 0;
}

static int mark_one(void *ctx, struct node *n, const char *path)
{
	struct deb_marks *m = ctx;
	struct deb_mark mark = { .node = n };
	(void)path;
	vec_push(m->mem, m, mark);
	return 0;
}

static int by_node(const void *a, const void *b)
{
	const struct deb_mark *x = a, *y = b;
	return x->node < y->node ? -1 : x->node > y->node;
}

static int close_over(struct deb_marks *m, struct diags *d)
{
	while (m->todo.len) {
		struct node *n = m->todo.items[--m->todo.len];
		if (n->inode->type == NODE_SYMLINK) {
			struct node *to = deb_follow(m, n->parent, n->inode->target, true);
			if (to)
				deb_keep(m, to);
		}
		if (deb_needs(m, n, d) < 0)
			return -1;
	}
	return 0;
}

/* Folders on the way to what is kept stay, as they are. */
static void keep_parents(struct deb_marks *m)
{
	for (size_t i = 0; i < m->len; i++) {
		if (!m->items[i].kept)
			continue;
		for (struct node *n = m->items[i].node->parent; n; n = n->parent)
			deb_keep(m, n);
	}
}

/* A folder that goes takes what is in it along: nothing of that is kept. */
static void remove_others(const struct deb_marks *m, struct node *dir)
{
	for (size_t i = dir->len; i-- > 0;) {
		struct node *n = dir->children[i];
		if (!deb_is_kept(m, n))
			tree_remove(n);
		else if (n->inode->type == NODE_DIR)
			remove_others(m, n);
	}
}

int deb_select(struct arena *a, struct tree *t, const struct strings *keep,
	const struct strings *drop, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct deb_marks m = { .mem = mem, .tree = t };
	(void)a;
	if (drop_all(&m, drop, d) < 0)
		return -1;
	if (!keep->len)
		return 0;
	(void)tree_walk(t->root, mark_one, &m);
	if (m.len)
		qsort(m.items, m.len, sizeof(*m.items), by_node);
	for (size_t i = 0; i < keep->len; i++) {
		struct match x;
		if (match_all(&m, keep->items[i], true, &x, d) < 0)
			return -1;
		for (size_t k = 0; k < x.found.len; k++)
			deb_keep(&m, x.found.items[k]);
	}
	if (close_over(&m, d) < 0)
		return -1;
	keep_parents(&m);
	remove_others(&m, t->root);
	return 0;
}
