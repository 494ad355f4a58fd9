#include "mkimage/build/build_impl.h"

#include <string.h>

static int file_of(struct build *b, const struct tree *image, const char *name,
	const struct y_str *y, struct node **out, struct diags *d)
{
	const char *hint =
		"the kernel's image holds other files; `slipway image inspect` shows its layers";
	struct pos at = y->v ? y->at : b->plan->config->kernel.image.at;
	struct node *n = tree_find(image->root, name);
	if (!n)
		return fail_at(d, at, hint, "the kernel image \"%s\" has no file \"%s\"",
			b->plan->kernel_ref, name);
	if (n->inode->type != NODE_FILE)
		return fail_at(d, at, NULL, "\"%s\" in the kernel image \"%s\" is no regular file",
			name, b->plan->kernel_ref);
	*out = n;
	return 0;
}

static int boot_file(struct build *b, const char *path, const struct node *n, struct diags *d)
{
	return tree_put(b->tree, b->tree->root, path, inode_copy(b->mem, n->inode), NULL, d);
}

/* What a board's firmware reads (format_rpi.c). */
static int board(struct build *b, const struct tree *image, struct origin from, struct diags *d)
{
	const struct node *dir = tree_find(image->root, "board");
	if (!dir || dir->inode->type != NODE_DIR)
		return 0;
	if (put_folder(b, b->tree, b->tree->root, "boot/board", 0755, from, NULL, d) < 0)
		return -1;
	for (size_t i = 0; i < dir->len; i++)
		if (dir->children[i]->inode->type == NODE_FILE &&
			boot_file(b, arena_fmt(b->mem, "boot/board/%s", dir->children[i]->name),
				dir->children[i], d) < 0)
			return -1;
	return 0;
}

static int parts(struct build *b, const struct tree *image, struct origin from, struct diags *d)
{
	const struct plan *p = b->plan;
	const struct kernel_item *y = &p->config->kernel;
	struct node *n;
	if (put_folder(b, b->tree, b->tree->root, "boot", 0755, from, NULL, d) < 0 ||
		put_file(b, b->tree, b->tree->root, "boot/cmdline", p->cmdline, strlen(p->cmdline),
			0644, from, d) < 0)
		return -1;
	if (file_of(b, image, p->kernel_binary, &y->binary, &n, d) < 0 ||
		boot_file(b, "boot/kernel", n, d) < 0 || board(b, image, from, d) < 0)
		return -1;
	if (p->ucode && (file_of(b, image, p->ucode, &y->ucode, &n, d) < 0 ||
				boot_file(b, "boot/ucode.cpio", n, d) < 0))
		return -1;
	if (!p->kernel_tar)
		return 0;
	struct tree *own = tree_new(b->mem, p->epoch);
	if (file_of(b, image, p->kernel_tar, &y->tar, &n, d) < 0)
		return -1;
	const char *what = arena_fmt(b->mem, "\"%s\" of the kernel image", p->kernel_tar);
	if (kernel_tar_apply(b, &n->inode->content, what, own, from, d) < 0 ||
		kernel_modules_choose(b, own, d) < 0)
		return -1;
	own->root->inode = b->tree->root->inode;
	return tree_merge(b, own, y->image.at, d);
}

int build_kernel(struct build *b, struct diags *d)
{
	const struct plan *p = b->plan;
	if (!p->kernel)
		return 0;
	struct origin from = { p->kernel_ref, "kernel" };
	struct tree *image = tree_new(b->mem, p->epoch);
	if (image_apply(b->store, b->mem, p->kernel, image, image->root, from.ref, from.loc,
		    &b->layers, d) < 0 ||
		parts(b, image, from, d) < 0)
		return fail_ctx(d, "adding the kernel \"%s\"", p->kernel_ref);
	return 0;
}
