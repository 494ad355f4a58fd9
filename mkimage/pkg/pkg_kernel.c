/*
 * The section "kernel": what "debian" unpacked becomes LinuxKit's layout: /kernel and /kernel.tar,
 * which is unpacked at / and holds lib/modules/VERSION. All modules are there; labels say which
 * ones a machine gets without asking.
 */
#include "mkimage/fs/fs.h"
#include "mkimage/pkg/kernel_impl.h"

#include <string.h>

static const char image_prefix[] = "vmlinuz-";

/* The one kernel in boot/. */
static const struct node *image_find(const struct pkg_build *b)
{
	const struct node *boot = tree_find(b->tree->root, "boot"), *found = NULL;
	for (size_t i = 0; boot && i < boot->len; i++) {
		const struct node *n = boot->children[i];
		if (strncmp(n->name, image_prefix, sizeof(image_prefix) - 1) != 0 ||
			n->inode->type != NODE_FILE)
			continue;
		if (found)
			return NULL;
		found = n;
	}
	return found;
}

struct copy {
	struct tree *to;
	struct node *dir;
	struct diags *d;
};

/* Modules and their folders; build and source are links into a developer's machine, depmod's files
 * come later. */
static int module_copy(void *ctx, struct node *n, const char *path)
{
	struct copy *c = ctx;
	struct node *made;
	const struct inode *from = n->inode;
	if (from->type == NODE_SYMLINK || strncmp(path, "modules.", 8) == 0)
		return 0;
	struct inode *i = tree_inode(
		c->to, from->type, from->mode, from->uid, from->gid, from->mtime);
	i->content = from->content;
	return tree_put(c->to, c->dir, path, i, &made, c->d);
}

static const char *text_of(const struct depmod_files *files, const char *name)
{
	vec_each (struct depmod_file, f, files)
		if (strcmp(f->name, name) == 0)
			return f->text;
	return "";
}

/* The tar, appended to the pack. */
static int modules_tar(struct pkg_build *b, const struct node *modules, const char *version,
	const struct depmod_files *files, struct content *out, struct diags *d)
{
	AUTO_OUT tar = NULL;
	const struct fs_options plain = { .epoch = b->epoch, .threads = 1 };
	struct tree *t = tree_new(b->mem, b->epoch);
	struct copy c = { .to = t, .d = d };
	struct node *made;
	if (tree_dir(t, t->root, arena_fmt(b->mem, "lib/modules/%s", version), 0755, b->epoch,
		    &c.dir, d) < 0 ||
		tree_walk(modules, module_copy, &c) < 0)
		return -1;
	vec_each (struct depmod_file, f, files)
		if (tree_file(t, c.dir, f->name, f->text, f->len, 0644, b->epoch, &made, d) < 0)
			return -1;
	if (out_scratch(b->tmp, &tar, d) < 0 || fs_tar.write(t, &plain, tar, d) < 0)
		return -1;
	*out = (struct content){
		.fd = out_fd(b->pack), .offset = out_size(b->pack), .size = out_size(tar)
	};
	return out_copy(b->pack, out_fd(tar), 0, out_size(tar), d);
}

static int labels_add(
	struct pkg_build *b, const char *version, const struct depmod_files *files, struct diags *d)
{
	const struct recipe_kernel *r = &b->recipe->kernel;
	const char *dep = text_of(files, "modules.dep"),
		   *builtin = text_of(files, "modules.builtin");
	const char *boot, *normal;
	if (kernel_list(b, &r->modules_boot, dep, builtin, &boot, d) < 0 ||
		kernel_list(b, &r->modules_default, dep, builtin, &normal, d) < 0)
		return -1;
	pkg_label(b, "io.slipway.kernel.version", version);
	pkg_label(b, "io.slipway.kernel.modules.boot", boot);
	pkg_label(b, "io.slipway.kernel.modules.default", normal);
	if (r->cmdline.v && r->cmdline.v[0])
		pkg_label(b, "io.slipway.kernel.cmdline", r->cmdline.v);
	return 0;
}

/* The kernel's copyright comes along; all else of the package stays behind. */
static int layout_make(
	struct pkg_build *b, const struct node *image, const struct content *tar, struct diags *d)
{
	static const char doc[] = "usr/share/doc";
	struct tree *from = b->tree;
	struct node *made;
	b->tree = tree_new(b->mem, b->epoch);
	struct inode *kernel = pkg_copy_inode(b, image->inode);
	kernel->mode = 0644;
	struct inode *modules = tree_inode(b->tree, NODE_FILE, 0644, 0, 0, b->epoch);
	modules->content = *tar;
	if (tree_put(b->tree, b->tree->root, "kernel", kernel, &made, d) < 0 ||
		tree_put(b->tree, b->tree->root, "kernel.tar", modules, &made, d) < 0 ||
		kernel_board(b, from, d) < 0)
		return -1;
	const struct node *docs = tree_find(from->root, doc);
	for (size_t i = 0; docs && i < docs->len; i++)
		if (pkg_take(b, from,
			    arena_fmt(b->mem, "%s/%s/copyright", doc, docs->children[i]->name),
			    d) < 0)
			return -1;
	return 0;
}

int pkg_kernel(struct pkg_build *b, struct diags *d)
{
	struct depmod_files files = { 0 };
	struct content tar;
	if (!b->recipe->kernel.set)
		return 0;
	const struct node *image = image_find(b);
	if (!image)
		return fail_at(d, b->recipe->kernel.at,
			"name one package of Debian's linux-image, and its version with \"only\"",
			"the packages do not hold just one boot/vmlinuz-VERSION");
	const char *version = arena_str(b->mem, image->name + sizeof(image_prefix) - 1);
	const char *path = arena_fmt(b->mem, "usr/lib/modules/%s", version);
	const struct node *modules = tree_find(b->tree->root, path);
	if (!modules)
		return fail_at(
			d, b->recipe->kernel.at, NULL, "the packages hold no folder \"%s\"", path);
	if (kernel_depmod(b, modules, version, &files, d) < 0 ||
		labels_add(b, version, &files, d) < 0 ||
		modules_tar(b, modules, version, &files, &tar, d) < 0)
		return -1;
	return layout_make(b, image, &tar, d);
}
