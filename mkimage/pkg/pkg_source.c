/*
 * The section "source": a program of Debian's source built for musl, by kbuild (busybox). Only
 * compilers of this machine run; what they see is the same everywhere: no clock, no paths, no
 * settings of the user.
 */
#include "base/fd.h"
#include "mkimage/pkg/pkg_sbom.h"
#include "mkimage/pkg/recipe_impl.h"
#include "mkimage/pkg/source_impl.h"
#include "mkimage/sbom/licence.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { PROGRAM_MAX = 64 << 20, TEXT_MAX = 4 << 20, LINKS_MAX = 4096 };

static const char copyright[] = "debian/copyright";

static int file_in(struct pkg_build *b, const char *dir, const char *name, size_t max, char **text,
	size_t *len, struct diags *d)
{
	return file_read(b->mem, arena_fmt(b->mem, "%s/%s", dir, name), max, text, len, d);
}

/* The program in the bill of materials: Debian's source, and the licence that its copyright says.
 */
static int program_note(struct source_build *x, const char *bytes, size_t len, struct diags *d)
{
	struct pkg_build *b = x->b;
	const char *name = b->recipe->source.package.v;
	char *text;
	size_t text_len;
	struct sbom_package p = { .name = name,
		.version = x->version,
		.supplier = "Organization: Debian",
		.source_info = arena_fmt(b->mem,
			"compiled for musl from the Debian source package %s %s", name,
			x->version) };
	if (access(arena_fmt(b->mem, "%s/%s", x->dir, copyright), R_OK) == 0) {
		if (file_in(b, x->dir, copyright, TEXT_MAX, &text, &text_len, d) < 0)
			return -1;
		p.licence = licence_of_package(b->bom, name, text, text_len);
	}
	return bom_compiled(b, &p, bytes, len, &x->musl, d);
}

static int program_put(struct source_build *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const char *dir = x->dir;
	const struct recipe_source *r = &b->recipe->source;
	struct node *n;
	char *bytes;
	size_t len;
	if (file_in(b, dir, r->program.v, PROGRAM_MAX, &bytes, &len, d) < 0 ||
		program_note(x, bytes, len, d) < 0)
		return -1;
	struct inode *i = tree_inode(b->tree, NODE_FILE, 0755, 0, 0, b->epoch);
	i->content = (struct content){ .bytes = bytes, .size = len, .fd = -1 };
	return pkg_put(b, &r->path, i, &n, d);
}

static int applets_put(struct pkg_build *b, const char *dir, struct diags *d)
{
	const struct recipe_source *r = &b->recipe->source;
	char *text, *rest;
	size_t len, count = 0;
	if (!r->applets.v)
		return 0;
	const char *to = r->path.v[0] == '/' ? r->path.v : arena_fmt(b->mem, "/%s", r->path.v);
	if (file_in(b, dir, r->applets.v, TEXT_MAX, &text, &len, d) < 0)
		return -1;
	for (char *p = strtok_r(text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest)) {
		struct y_str path = { p, r->applets.at };
		struct node *n;
		/* The program may list itself. */
		if (strcmp(p + (*p == '/'), to + 1) == 0)
			continue;
		if (++count > LINKS_MAX)
			return fail_at(d, r->applets.at, NULL, "there are too many applets");
		struct inode *i = tree_inode(b->tree, NODE_SYMLINK, 0777, 0, 0, b->epoch);
		i->target = to;
		if (recipe_path_check(&path, d) < 0 || pkg_put(b, &path, i, &n, d) < 0)
			return -1;
	}
	return 0;
}

static int licence_put(struct pkg_build *b, const char *dir, struct diags *d)
{
	char *text;
	size_t len;
	struct stat st;
	struct node *n;
	if (stat(arena_fmt(b->mem, "%s/debian/copyright", dir), &st) < 0)
		return 0;
	if (file_in(b, dir, "debian/copyright", TEXT_MAX, &text, &len, d) < 0)
		return -1;
	return tree_file(b->tree, b->tree->root,
		arena_fmt(b->mem, "usr/share/doc/%s/copyright", b->recipe->source.package.v), text,
		len, 0644, b->epoch, &n, d);
}

static int build_in(struct pkg_build *b, const char *work, struct diags *d)
{
	struct source_build x = { .b = b, .dir = arena_fmt(b->mem, "%s/src", work) };
	if (dir_make(x.dir, 0755, d) < 0 ||
		musl_open(b, b->recipe->source.suite.v, work, &x.musl, d) < 0)
		return -1;
	if (source_fetch(&x, d) < 0 || source_configure(&x, d) < 0 || source_make(&x, d) < 0)
		return -1;
	if (program_put(&x, d) < 0 || applets_put(b, x.dir, d) < 0)
		return -1;
	return licence_put(b, x.dir, d);
}

int pkg_source(struct pkg_build *b, struct diags *d)
{
	const struct recipe_source *r = &b->recipe->source;
	if (!r->set)
		return 0;
	AUTO_WORK work = WORK_NONE;
	if (pkg_work_open(b, &work, d) < 0)
		return -1;
	if (build_in(b, work.path, d) < 0)
		return fail_ctx(d, "building \"%s\" from Debian's source", r->package.v);
	return 0;
}
