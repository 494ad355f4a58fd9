#include "mkimage/inspect/compare.h"

#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024, SBOM_MAX = 64 << 20 };

static const char sbom_path[] = "usr/share/sbom/os.spdx.json";

struct compare {
	struct arena *mem;
	struct changes *out;
	struct diags *d;
	char *left, *right; /* CHUNK bytes each */
};

static void add(struct compare *c, char sign, const char *section, const char *name,
	const char *before, const char *after)
{
	struct change one = { sign, section, name, before, after };
	vec_push(c->mem, c->out, one);
}

static void compare_text(struct compare *c, const char *section, const char *a, const char *b)
{
	if (a == b || (a && b && strcmp(a, b) == 0))
		return;
	add(c, !a ? '+' : !b ? '-' : '~', section, "", a, b);
}

/* 1: the same; 0; -1. */
static int same_content(struct compare *c, const struct content *a, const struct content *b)
{
	if (a->size != b->size)
		return 0;
	for (uint64_t at = 0; at < a->size;) {
		ssize_t n = content_read(a, at, c->left, CHUNK);
		if (n <= 0)
			return fail_sys(c->d, EIO, "cannot read a file of the first image");
		ssize_t m = content_read(b, at, c->right, (size_t)n);
		if (m <= 0)
			return fail_sys(c->d, EIO, "cannot read a file of the second image");
		if (memcmp(c->left, c->right, (size_t)m) != 0)
			return 0;
		at += (uint64_t)m;
	}
	return 1;
}

static const char *const types[] = { [NODE_DIR] = "folder",
	[NODE_FILE] = "file",
	[NODE_SYMLINK] = "link",
	[NODE_CHAR] = "character device",
	[NODE_BLOCK] = "block device",
	[NODE_FIFO] = "pipe" };

static bool same_xattrs(const struct xattr *a, const struct xattr *b)
{
	for (; a && b; a = a->next, b = b->next) {
		if (strcmp(a->name, b->name) != 0 || a->len != b->len ||
			memcmp(a->value, b->value, a->len) != 0)
			return false;
	}
	return a == b;
}

/* All that an inode is but its content and time. */
static const char *describe(struct compare *c, const struct inode *i)
{
	const char *text = arena_fmt(
		c->mem, "%s %04o %u:%u", types[i->type], i->mode, i->uid, i->gid);
	if (i->type == NODE_CHAR || i->type == NODE_BLOCK)
		return arena_fmt(c->mem, "%s %u,%u", text, i->major, i->minor);
	if (i->type == NODE_SYMLINK)
		return arena_fmt(c->mem, "%s to %s", text, i->target);
	return text;
}

static int compare_inodes(
	struct compare *c, const char *path, const struct inode *a, const struct inode *b)
{
	const char *before = describe(c, a), *after = describe(c, b);
	if (strcmp(before, after) != 0) {
		add(c, '~', "file", path, before, after);
		return 0;
	}
	if (!same_xattrs(a->xattrs, b->xattrs))
		add(c, '~', "file", path, "extended attributes", "others");
	if (a->type != NODE_FILE)
		return 0;
	int same = same_content(c, &a->content, &b->content);
	if (same == 0)
		add(c, '~', "file", path,
			arena_fmt(c->mem, "%llu bytes", (unsigned long long)a->content.size),
			arena_fmt(c->mem, "%llu bytes%s", (unsigned long long)b->content.size,
				a->content.size == b->content.size ? ", others" : ""));
	return same < 0 ? -1 : 0;
}

struct one_side {
	struct compare *c;
	char sign;
	const char *prefix;
};

static int add_node(void *ctx, struct node *n, const char *path)
{
	struct one_side *o = ctx;
	const char *text = arena_fmt(
		o->c->mem, "%llu bytes", (unsigned long long)n->inode->content.size);
	if (n->inode->type == NODE_DIR)
		return 0;
	if (n->inode->type != NODE_FILE)
		text = NULL;
	add(o->c, o->sign, "file",
		arena_fmt(o->c->mem, "%s%s%s", o->prefix, *path ? "/" : "", path),
		o->sign == '-' ? text : NULL, o->sign == '+' ? text : NULL);
	return 0;
}

static void only_one(struct compare *c, char sign, struct node *n, const char *path)
{
	struct one_side o = { c, sign, path };
	if (n->inode->type != NODE_DIR)
		(void)add_node(&o, n, "");
	else if (!n->len)
		add(c, sign, "file", arena_fmt(c->mem, "%s/", path), NULL, NULL);
	(void)tree_walk(n, add_node, &o);
}

/* Both sides are sorted. Depth is bounded by whoever made the trees. */
static int compare_folders(
	struct compare *c, const char *prefix, const struct node *a, const struct node *b)
{
	size_t i = 0, j = 0;
	while (i < a->len || j < b->len) {
		int order = i == a->len	  ? 1
			    : j == b->len ? -1
					  : strcmp(a->children[i]->name, b->children[j]->name);
		struct node *n = order <= 0 ? a->children[i++] : b->children[j];
		const char *path = arena_fmt(c->mem, "%s%s", prefix, n->name);
		if (order != 0) {
			j += order > 0;
			only_one(c, order < 0 ? '-' : '+', n, path);
			continue;
		}
		const struct node *m = b->children[j++];
		if (compare_inodes(c, path, n->inode, m->inode) < 0)
			return -1;
		if (n->inode->type == NODE_DIR && m->inode->type == NODE_DIR &&
			compare_folders(c, arena_fmt(c->mem, "%s/", path), n, m) < 0)
			return -1;
	}
	return 0;
}

struct package {
	const char *name, *version;
};

struct packages {
	struct package *items;
	size_t len, cap;
};

static int by_name(const void *a, const void *b)
{
	const struct package *x = a, *y = b;
	int c = strcmp(x->name, y->name);
	return c ? c : strcmp(x->version, y->version);
}

/* Out of the bill of materials in the image; without one, none. */
static int packages_of(struct compare *c, const struct inspected *i, struct packages *out)
{
	const struct node *n = i->root && i->root->tree ? tree_find(i->root->tree->root, sbom_path)
							: NULL;
	struct json doc, list, item;
	if (!n || n->inode->type != NODE_FILE || n->inode->content.size > SBOM_MAX)
		return 0;
	size_t len = (size_t)n->inode->content.size;
	char *text = arena_alloc(c->mem, len + 1);
	if (content_read(&n->inode->content, 0, text, len) != (ssize_t)len)
		return fail_sys(c->d, EIO, "cannot read \"%s\" in the image", sbom_path);
	if (json_parse(c->mem, sbom_path, text, len, &doc, c->d) < 0 ||
		json_array(doc, "packages", &list, c->d) < 0)
		return -1;
	struct json_each e = json_each(list);
	while (json_next(&e, NULL, &item)) {
		struct package p = { NULL, NULL };
		if (json_need_str(item, "name", &p.name, c->d) < 0 ||
			json_str(item, "versionInfo", &p.version, c->d) < 0)
			return -1;
		if (p.version)
			vec_push(c->mem, out, p);
	}
	if (out->len)
		qsort(out->items, out->len, sizeof(*out->items), by_name);
	return 0;
}

static int compare_packages(struct compare *c, const struct inspected *a, const struct inspected *b)
{
	struct packages x = { 0 }, y = { 0 };
	if (packages_of(c, a, &x) < 0 || packages_of(c, b, &y) < 0)
		return -1;
	for (size_t i = 0, j = 0; i < x.len || j < y.len;) {
		const struct package *p = &x.items[i], *q = &y.items[j];
		int order = i == x.len ? 1 : j == y.len ? -1 : strcmp(p->name, q->name);
		if (order < 0)
			add(c, '-', "package", p->name, p->version, NULL);
		else if (order > 0)
			add(c, '+', "package", q->name, NULL, q->version);
		else if (strcmp(p->version, q->version) != 0)
			add(c, '~', "package", p->name, p->version, q->version);
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

static const struct inspect_part *part_called(const struct inspected *i, const char *name)
{
	vec_each (struct inspect_part *, p, &i->all) {
		if (strcmp((*p)->name, name) == 0)
			return *p;
	}
	return NULL;
}

static const char *part_text(struct compare *c, const struct inspect_part *p)
{
	return arena_fmt(c->mem, "%s, %llu bytes", inspect_kind_name(p->kind),
		(unsigned long long)p->content.size);
}

/* What has files is compared by these, texts have their own lines. */
static int compare_parts(struct compare *c, const struct inspected *a, const struct inspected *b)
{
	vec_each (struct inspect_part *, at, &a->all) {
		const struct inspect_part *p = *at, *q = part_called(b, p->name);
		if (!q) {
			add(c, '-', "part", p->name, part_text(c, p), NULL);
			continue;
		}
		int same = same_content(c, &p->content, &q->content);
		if (same < 0)
			return -1;
		if (!same && p->kind != INSPECT_TEXT)
			add(c, '~', "part", p->name, part_text(c, p),
				arena_fmt(c->mem, "%s%s", part_text(c, q),
					p->content.size == q->content.size ? ", others" : ""));
	}
	vec_each (struct inspect_part *, at, &b->all) {
		if (!part_called(a, (*at)->name))
			add(c, '+', "part", (*at)->name, NULL, part_text(c, *at));
	}
	return 0;
}

/* Without the root hash, which has a line of its own: it is another one whenever a file is. */
static const char *words_of(struct compare *c, const struct inspected *i)
{
	const char *at = i->roothash ? strstr(i->cmdline, "roothash=") : NULL;
	if (!at)
		return i->cmdline;
	const char *rest = at + strlen("roothash=") + strlen(i->roothash);
	return arena_fmt(
		c->mem, "%.*s%s", (int)(at - i->cmdline), i->cmdline, rest + (*rest == ' '));
}

int inspect_compare(
	const struct inspected *a, const struct inspected *b, struct changes *out, struct diags *d)
{
	struct compare c = { .mem = a->mem, .out = out, .d = d };
	c.left = arena_alloc(c.mem, CHUNK);
	c.right = arena_alloc(c.mem, CHUNK);
	compare_text(&c, "architecture", a->arch, b->arch);
	compare_text(&c, "kernel", a->version, b->version);
	compare_text(&c, "command line", words_of(&c, a), words_of(&c, b));
	compare_text(&c, "root hash", a->roothash, b->roothash);
	if (compare_parts(&c, a, b) < 0 || compare_packages(&c, a, b) < 0)
		return -1;
	if (!a->root || !b->root || !a->root->tree || !b->root->tree)
		return 0;
	return compare_folders(&c, "", a->root->tree->root, b->root->tree->root);
}
