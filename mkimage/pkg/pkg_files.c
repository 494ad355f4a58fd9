/* The sections "programs", "files" and "users". */
#include "mkimage/pkg/pkg_sbom.h"

#include <string.h>

enum { SOURCE_MAX = 64 << 20 };

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
