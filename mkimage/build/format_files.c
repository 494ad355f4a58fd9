/* Formats that are files for other tools: archives, kernels and roots without a medium. */
#include "mkimage/build/build_impl.h"

#include "mkimage/fs/fs.h"

#include <string.h>

int format_tar(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *t;
	struct out *to;
	if (build_tree(b, &t, d) < 0 || build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return fs_tar.write(t, &o, to, d);
}

/* A view of the tree with one more file at its top; the nodes below are shared. */
static int with_file(struct build *b, const struct tree *t, const char *name, const char *text,
	struct tree **out, struct diags *d)
{
	struct tree *view = tree_new(b->mem, b->plan->epoch);
	struct node *file, *root = view->root;
	if (tree_file(view, root, name, text, strlen(text), 0644, b->plan->epoch, &file, d) < 0)
		return -1;
	*root = *t->root;
	root->children = arena_array(b->mem, t->root->len + 1, sizeof(*root->children));
	root->len = 0;
	root->cap = t->root->len + 1;
	bool placed = false;
	for (size_t i = 0; i < t->root->len; i++) {
		int order = strcmp(name, t->root->children[i]->name);
		if (!placed && order <= 0) {
			root->children[root->len++] = file;
			placed = true;
		}
		if (order != 0)
			root->children[root->len++] = t->root->children[i];
	}
	if (!placed)
		root->children[root->len++] = file;
	*out = view;
	return 0;
}

int format_docker(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *t, *view;
	struct out *to;
	const char *text = arena_fmt(b->mem, "FROM scratch\nCOPY . ./\nENTRYPOINT [\"%s\"]\n",
		b->plan->slipway_init ? "/sbin/init" : "/bin/rc.init");
	if (build_tree(b, &t, d) < 0 || with_file(b, t, "Dockerfile", text, &view, d) < 0 ||
		build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return fs_tar.write(view, &o, to, d);
}

static int copy_content(const struct content *c, struct out *to, struct diags *d)
{
	if (c->bytes)
		return out_write(to, c->bytes, (size_t)c->size, d);
	return out_copy(to, c->fd, c->offset, c->size, d);
}

/* NAME-kernel and NAME-cmdline. */
static int put_kernel(struct build *b, struct diags *d)
{
	const struct content *kernel;
	struct out *to;
	if (artefact_kernel(b, &kernel, d) < 0 || build_output(b, "-kernel", &to, d) < 0 ||
		copy_content(kernel, to, d) < 0 || build_output(b, "-cmdline", &to, d) < 0)
		return -1;
	return out_write(to, b->plan->cmdline, strlen(b->plan->cmdline), d);
}

/* Whether a machine can take an initrd that has all in it. */
static int check_room(struct build *b, const struct out *initrd, struct diags *d)
{
	if (initrd_has_room(b, out_size(initrd), d) < 0)
		return -1;
	if (!b->plan->slipway_init)
		return 0; /* what it takes unpacked was looked at when it was made */
	return plan_fits(b->plan, 2 * out_size(initrd),
		"the initrd, together with what the kernel unpacks of it,",
		"raise mem=, or build -f iso: its root stays on the medium", d);
}

int format_kernel_initrd(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to;
	(void)f; /* three files, whose names mean something */
	if (put_kernel(b, d) < 0 || build_output(b, "-initrd.img", &to, d) < 0)
		return -1;
	if ((b->plan->slipway_init ? artefact_initrd_to(b, INITRD_EMBEDDED, to, d)
				   : artefact_linuxkit_initrd(b, to, d)) < 0)
		return -1;
	return check_room(b, to, d);
}

/* The last of the format's files is not the kernel's: it is the root. */
static const char *root_suffix(struct build *b, const struct format *f)
{
	const char *from = strchr(f->suffix, ' ') + 1;
	return arena_strn(b->mem, from, strcspn(from, " "));
}

int format_kernel_squashfs(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to;
	if (put_kernel(b, d) < 0 || build_output(b, root_suffix(b, f), &to, d) < 0)
		return -1;
	format_root_driver(b, "squashfs", d);
	return artefact_squashfs_to(b, to, d);
}

int format_kernel_fs(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch, .label = iso_volume_id(b->mem, b->name) };
	const struct fs_writer *fs = f->how & FORMAT_ISO ? &fs_iso : &fs_erofs;
	struct tree *root;
	struct out *to;
	if (put_kernel(b, d) < 0 || tree_without_boot(b, &root, d) < 0 ||
		build_output(b, root_suffix(b, f), &to, d) < 0)
		return -1;
	format_root_driver(b, f->how & FORMAT_ISO ? "isofs" : "erofs", d);
	return fs->write(root, &o, to, d) < 0 ? fail_ctx(d, "writing the root as %s", fs->name) : 0;
}

static int put_content(
	struct build *b, struct tree *t, const char *name, struct content c, struct diags *d)
{
	struct inode *i = tree_inode(t, NODE_FILE, 0644, 0, 0, b->plan->epoch);
	i->content = c;
	return tree_put(t, t->root, name, i, NULL, d);
}

int format_tar_kernel_initrd(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	const struct content *kernel;
	struct tree *t = tree_new(b->mem, b->plan->epoch);
	struct out *to, *initrd;
	AUTO_OUT linuxkit = NULL;
	if (artefact_kernel(b, &kernel, d) < 0)
		return -1;
	if (b->plan->slipway_init) {
		if (artefact_initrd(b, INITRD_EMBEDDED, &initrd, d) < 0)
			return -1;
	} else {
		if (build_scratch(b, &linuxkit, d) < 0 ||
			artefact_linuxkit_initrd(b, linuxkit, d) < 0)
			return -1;
		initrd = linuxkit;
	}
	if (check_room(b, initrd, d) < 0 || put_content(b, t, "kernel", *kernel, d) < 0 ||
		put_content(b, t, "initrd.img",
			(struct content){ .size = out_size(initrd), .fd = out_fd(initrd) },
			d) < 0 ||
		tree_file(t, t->root, "cmdline", b->plan->cmdline, strlen(b->plan->cmdline), 0644,
			b->plan->epoch, NULL, d) < 0 ||
		build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return fs_tar.write(t, &o, to, d);
}

int format_sbom(struct build *b, const struct format *f, struct diags *d)
{
	struct out *to;
	const char *text;
	size_t len;
	if (artefact_sbom(b, &text, &len, d) < 0 || build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return out_write(to, text, len, d);
}
