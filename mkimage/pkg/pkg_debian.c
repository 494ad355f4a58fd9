/* The section "debian": packages of the archive, unpacked; what of them is taken; where it came
 * from. */
#include "mkimage/pkg/apt.h"
#include "mkimage/pkg/deb.h"
#include "mkimage/pkg/pkg_sbom.h"

#include "base/fd.h"

#include <fnmatch.h>
#include <string.h>

/* Left out when no files are named: nobody reads them on a machine without a login. */
static const char *const for_people[] = { "usr/share/doc", "usr/share/man", "usr/share/info",
	"usr/share/locale", "usr/share/lintian", "usr/share/bug", "usr/share/doc-base",
	"usr/share/bash-completion", "usr/share/menu", "usr/share/apport" };

struct licence {
	const char *path; /* usr/share/doc/NAME/copyright, links followed */
	struct inode *inode;
};

struct debian {
	struct pkg_build *b;
	struct tree *all;
	struct apt_files debs;
	struct licence *licences; /* one per deb; path NULL: none */
	struct strings origins;	  /* refs of what was taken */
	struct diags *d;
};

/* "{arch}" -> "amd64" */
static const char *with_arch(struct pkg_build *b, const char *name)
{
	const char *at = strstr(name, "{arch}");
	return at ? arena_fmt(b->mem, "%.*s%s%s", (int)(at - name), name, b->options->platform.arch,
			    at + 6)
		  : name;
}

/* apt's error, at the name that it is about. */
static int not_resolved(const struct recipe_debian *r, const struct strings *asked,
	struct diags *said, struct diags *d)
{
	const struct diag *e = said->first;
	struct pos at = r->packages.at;
	for (size_t i = 0; i < asked->len; i++)
		if (strstr(e->what, arena_fmt(d->mem, "\"%s\"", asked->items[i])))
			at = r->packages.items[i].at;
	if (e->kind == KIND_INPUT)
		return fail_at(d, at, e->hint, "%s", e->what);
	return fail(d, e->kind, e->hint, "%s", e->what);
}

static bool wanted(const struct recipe_debian *r, const char *name)
{
	for (size_t i = 0; i < r->only.len; i++)
		if (fnmatch(r->only.items[i].v, name, 0) == 0)
			return true;
	return !r->only.set;
}

static const char *components(struct arena *a, const struct y_list *list)
{
	const char *words = NULL;
	for (size_t i = 0; i < list->len; i++)
		words = words ? arena_fmt(a, "%s %s", words, list->items[i].v) : list->items[i].v;
	return words;
}

static int fetch(struct debian *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	const struct recipe_debian *r = &b->recipe->debian;
	AUTO_APT apt = NULL;
	struct strings asked = { 0 };
	struct apt_files all = { 0 };
	struct diags said;
	diags_init(&said, d->mem);
	for (size_t i = 0; i < r->packages.len; i++)
		vec_push(b->mem, &asked, with_arch(b, r->packages.items[i].v));
	pkg_progress(b, "asking Debian's %s for %s", r->suite.v, asked.items[0]);
	const struct apt_source from = { r->suite.v, components(b->mem, &r->components) };
	if (apt_open(b->store, b->mem, &from, &b->options->platform, &apt, d) < 0)
		return -1;
	if (apt_resolve(apt, b->mem, &asked, &all, &said) < 0)
		return not_resolved(r, &asked, &said, d);
	vec_each (struct apt_file, f, &all)
		if (wanted(r, f->name))
			vec_push(b->mem, &x->debs, *f);
	if (!x->debs.len)
		return fail_at(
			d, r->only.at, NULL, "none of the %zu packages fits \"only\"", all.len);
	pkg_progress(b, "%zu of %zu packages", x->debs.len, all.len);
	return apt_fetch(apt, &x->debs, d);
}

/* The licences are found before anything is left out. */
static int unpack(struct debian *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	char text[DIGEST_TEXT_SIZE];
	vec_each (struct apt_file, f, &x->debs) {
		const char *what = arena_fmt(b->mem, "%s %s %s %s", f->name, f->version, f->arch,
			digest_text(&f->digest, text));
		if (deb_unpack(b->mem, f->path, what, b->pack, x->all, d) < 0)
			return fail_ctx(d, "unpacking the Debian package \"%s\"", f->name);
	}
	x->licences = arena_array(b->mem, x->debs.len, sizeof(*x->licences));
	for (size_t i = 0; i < x->debs.len; i++) {
		const char *end, *path = arena_fmt(b->mem, "usr/share/doc/%s/copyright",
					 x->debs.items[i].name);
		struct node *n = tree_follow(b->mem, x->all, path, &end);
		if (n && n->inode->type == NODE_FILE)
			x->licences[i] = (struct licence){ end, n->inode };
	}
	return 0;
}

static struct strings texts(struct arena *a, const struct y_list *list)
{
	struct strings out = { 0 };
	for (size_t i = 0; i < list->len; i++)
		vec_push(a, &out, list->items[i].v);
	return out;
}

/* deb_select's error, at the glob or at least the list that it is about. */
static int not_chosen(const struct recipe_debian *r, const struct diag *e, struct diags *d)
{
	const struct y_list *const lists[] = { &r->files, &r->drop };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t k = 0; k < lists[i]->len; k++)
			if (strstr(e->what,
				    arena_fmt(d->mem, "names \"%s\"", lists[i]->items[k].v)))
				return fail_at(d, lists[i]->items[k].at, e->hint,
					"no package has \"%s\"", lists[i]->items[k].v);
	if (e->kind == KIND_INPUT)
		return fail_at(d, r->files.set ? r->files.at : r->at, e->hint, "%s", e->what);
	return fail(d, e->kind, e->hint, "%s", e->what);
}

static int choose(struct debian *x, struct diags *d)
{
	const struct recipe_debian *r = &x->b->recipe->debian;
	struct diags said;
	struct strings keep = texts(x->b->mem, &r->files), drop = texts(x->b->mem, &r->drop);
	for (size_t i = 0; !r->files.set && i < ARRAY_LEN(for_people); i++) {
		struct node *n = tree_find(x->all->root, for_people[i]);
		if (n)
			tree_remove(n);
	}
	diags_init(&said, d->mem);
	if (deb_select(x->b->mem, x->all, &keep, &drop, &said) < 0)
		return not_chosen(r, said.first, d);
	return 0;
}

static void origin_note(struct debian *x, const char *ref)
{
	vec_each (const char *, s, &x->origins)
		if (strcmp(*s, ref) == 0)
			return;
	vec_push(x->b->mem, &x->origins, ref);
}

static int take(void *ctx, struct node *n, const char *path)
{
	struct debian *x = ctx;
	const struct node *below = tree_find(x->b->below->root, path);
	/* /bin -> usr/bin must not hide a folder of the base. */
	if (n->parent == x->all->root && n->inode->type == NODE_SYMLINK && below &&
		below->inode->type == NODE_DIR)
		return 0;
	/* Folders follow what is in them; what is below has its own. */
	if (n->inode->type == NODE_DIR && (n->len || (below && below->inode->type == NODE_DIR)))
		return 0;
	if (n->inode->ref && n->inode->type != NODE_DIR)
		origin_note(x, n->inode->ref);
	return pkg_take(x->b, x->all, arena_str(x->b->mem, path), x->d);
}

enum { COPYRIGHT_MAX = 4 << 20 };

static int copyright_read(
	struct arena *a, const struct inode *i, char **text, size_t *len, struct diags *d)
{
	const struct content *c = &i->content;
	if (c->size > COPYRIGHT_MAX)
		return fail(d, KIND_INPUT, NULL, "a copyright file is larger than any");
	*text = arena_alloc(a, (size_t)c->size + 1);
	ssize_t n = fd_pread_full(c->fd, *text, (size_t)c->size, c->offset);
	if (n < 0)
		return fail_sys(d, errno, "cannot read a copyright file back");
	*len = (size_t)n;
	return 0;
}

static bool was_taken(const struct debian *x, const char *name)
{
	size_t len = strlen(name);
	vec_each (const char *, s, &x->origins)
		if (strncmp(*s, name, len) == 0 && (*s)[len] == ' ')
			return true;
	return false;
}

/* What files came from, in the bill of materials. */
static int parts_note(struct debian *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	for (size_t i = 0; i < x->debs.len; i++) {
		const struct licence *l = &x->licences[i];
		const char *id;
		char *text = NULL;
		size_t len = 0;
		if (!was_taken(x, x->debs.items[i].name))
			continue;
		if ((l->path && copyright_read(b->mem, l->inode, &text, &len, d) < 0) ||
			bom_debian(b, &x->debs.items[i], text, len, &id, d) < 0)
			return -1;
		vec_push(b->mem, &b->bom_parts, id);
	}
	return 0;
}

/* The licences of what was taken, and the label that says what that is. */
static int origins_keep(struct debian *x, struct diags *d)
{
	struct pkg_build *b = x->b;
	struct node *made;
	strings_sort(&x->origins);
	for (size_t i = 0; i < x->debs.len; i++) {
		const struct licence *l = &x->licences[i];
		if (!l->path || tree_find(b->tree->root, l->path))
			continue;
		if (was_taken(x, x->debs.items[i].name) &&
			tree_put(b->tree, b->tree->root, l->path, pkg_copy_inode(b, l->inode),
				&made, d) < 0)
			return -1;
	}
	pkg_label(b, "io.slipway.debian", strings_join(b->mem, &x->origins, "\n"));
	return 0;
}

int pkg_debian(struct pkg_build *b, struct diags *d)
{
	struct debian x = { .b = b, .d = d };
	if (!b->recipe->debian.set)
		return 0;
	x.all = tree_new(b->mem, b->epoch);
	if (fetch(&x, d) < 0 || unpack(&x, d) < 0 || choose(&x, d) < 0)
		return -1;
	if (tree_walk(x.all->root, take, &x) < 0)
		return -1;
	return origins_keep(&x, d) < 0 ? -1 : parts_note(&x, d);
}
