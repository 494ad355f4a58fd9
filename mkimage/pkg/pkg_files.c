/* The sections "programs", "files" and "users". */
#include "mkimage/pkg/glob.h"
#include "mkimage/pkg/pkg_sbom.h"

#include <errno.h>
#include <string.h>

enum { SOURCE_MAX = 64 << 20, JOIN_MAX = 16 << 20 };

static int link_put(
	struct pkg_build *b, const struct y_str *path, const char *target, struct diags *d)
{
	struct node *n;
	struct inode *i = tree_inode(b->tree, NODE_SYMLINK, 0777, 0, 0, b->epoch);
	i->target = target;
	return pkg_put(b, path, i, &n, d);
}

static void contents_set(struct inode *i, const void *bytes, size_t len)
{
	i->content = (struct content){ .bytes = bytes, .size = len, .fd = -1 };
}

int pkg_programs(struct pkg_build *b, struct diags *d)
{
	const struct recipe_program *p = b->recipe->programs.items;
	for (size_t k = 0; k < b->recipe->programs.len; k++) {
		char *bytes;
		size_t len;
		struct node *n;
		struct inode *i = tree_inode(
			b->tree, NODE_FILE, recipe_mode(&p[k].mode, 0755), 0, 0, b->epoch);
		if (pkg_program_read(b->mem, b->options, &p[k], &bytes, &len, d) < 0 ||
			bom_program(b, &p[k], bytes, len, d) < 0)
			return -1;
		contents_set(i, bytes, len);
		if (pkg_put(b, &p[k].path, i, &n, d) < 0)
			return -1;
		const char *to = p[k].path.v[0] == '/' ? p[k].path.v
						       : arena_fmt(b->mem, "/%s", p[k].path.v);
		for (size_t j = 0; j < p[k].links.len; j++)
			if (link_put(b, &p[k].links.items[j], to, d) < 0)
				return -1;
	}
	return 0;
}

/* Files of the package's own layer that the globs name, in the order of their paths. */
struct join {
	const struct y_list *globs;
	struct arena *mem;
	bool *fits; /* one per glob */
	struct {
		struct node **items;
		size_t len, cap;
	} parts;
	uint64_t size; /* with room for a line's end behind each part */
};

static int join_note(void *ctx, struct node *n, const char *path)
{
	struct join *j = ctx;
	bool any = false;
	for (size_t i = 0; n->inode->type == NODE_FILE && i < j->globs->len; i++)
		if (glob_match(j->globs->items[i].v, path))
			any = j->fits[i] = true;
	if (!any)
		return 0;
	vec_push(j->mem, &j->parts, n);
	j->size += n->inode->content.size + 1;
	return 0;
}

/* With the folders that had nothing else. */
static void take_away(struct node *n)
{
	while (n->parent && !n->len) {
		struct node *above = n->parent;
		tree_remove(n);
		n = above;
	}
}

/* A part that ends within a line gets its end: what follows it begins a line. */
static int join_contents(
	struct pkg_build *b, const struct recipe_file *f, struct inode *i, struct diags *d)
{
	struct join j = { .globs = &f->join, .mem = b->mem };
	j.fits = arena_array(b->mem, f->join.len + 1, sizeof(*j.fits));
	(void)tree_walk(b->tree->root, join_note, &j);
	for (size_t k = 0; k < f->join.len; k++)
		if (!j.fits[k])
			return fail_at(d, f->join.items[k].at, NULL,
				"no file of this package fits \"%s\"", f->join.items[k].v);
	if (j.size > JOIN_MAX)
		return fail_at(d, f->join.at, NULL, "together they have more than 16 MiB");
	char *bytes = arena_alloc(b->mem, (size_t)j.size + 1);
	size_t len = 0;
	vec_each (struct node *, n, &j.parts) {
		const struct content *c = &(*n)->inode->content;
		if (content_read(c, 0, bytes + len, (size_t)c->size) < 0)
			return fail_sys(d, errno, "cannot read a file of \"%s\" back", f->path.v);
		len += (size_t)c->size;
		if (c->size && bytes[len - 1] != '\n')
			bytes[len++] = '\n';
		take_away(*n);
	}
	contents_set(i, bytes, len);
	return 0;
}

static int file_put(struct pkg_build *b, const struct recipe_file *f, struct diags *d)
{
	struct node *n;
	char *bytes;
	size_t len;
	uint32_t uid = (uint32_t)f->uid.v, gid = (uint32_t)f->gid.v;
	if (f->symlink.v)
		return link_put(b, &f->path, f->symlink.v, d);
	if (f->directory.v) {
		struct inode *dir = tree_inode(
			b->tree, NODE_DIR, recipe_mode(&f->mode, 0755), uid, gid, b->epoch);
		return pkg_put(b, &f->path, dir, &n, d);
	}
	struct inode *i = tree_inode(
		b->tree, NODE_FILE, recipe_mode(&f->mode, 0644), uid, gid, b->epoch);
	if (f->join.set) {
		/* Its parts are in the bill of materials. */
		if (join_contents(b, f, i, d) < 0)
			return -1;
		return pkg_put(b, &f->path, i, &n, d);
	}
	if (f->contents.v) {
		contents_set(i, f->contents.v, strlen(f->contents.v));
	} else {
		if (pkg_folder_read(
			    b->mem, b->recipe->dir, &f->source, SOURCE_MAX, &bytes, &len, d) < 0)
			return -1;
		contents_set(i, bytes, len);
	}
	bom_file(b, f->path.v, i->content.bytes, i->content.size);
	return pkg_put(b, &f->path, i, &n, d);
}

int pkg_files(struct pkg_build *b, struct diags *d)
{
	const struct recipe_file *f = b->recipe->files.items;
	for (size_t k = 0; k < b->recipe->files.len; k++)
		if (file_put(b, &f[k], d) < 0)
			return -1;
	return 0;
}

/* passwd(5), group(5); nobody can log in with "*" but through a key. */
int pkg_users(struct pkg_build *b, struct diags *d)
{
	const struct recipe_user *u = b->recipe->users.items;
	const char *passwd = "", *group = "";
	struct node *n;
	if (!b->recipe->users.len)
		return 0;
	for (size_t k = 0; k < b->recipe->users.len; k++) {
		passwd = arena_fmt(b->mem, "%s%s:*:%lld:%lld::%s:%s\n", passwd, u[k].name.v,
			(long long)u[k].uid.v, (long long)u[k].gid.v,
			u[k].home.v ? u[k].home.v : "/nonexistent",
			u[k].shell.v ? u[k].shell.v : "/usr/sbin/nologin");
		group = arena_fmt(
			b->mem, "%s%s:x:%lld:\n", group, u[k].name.v, (long long)u[k].gid.v);
	}
	if (tree_file(b->tree, b->tree->root, "etc/passwd", passwd, strlen(passwd), 0644, b->epoch,
		    &n, d) < 0)
		return -1;
	return tree_file(
		b->tree, b->tree->root, "etc/group", group, strlen(group), 0644, b->epoch, &n, d);
}
