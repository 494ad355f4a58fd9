/* What formats share: each is made once, when it is first asked for. */
#include "mkimage/build/build_impl.h"

#include "mkimage/fs/blocks.h"
#include "mkimage/fs/fs.h"

#include <string.h>

int artefact_kernel(struct build *b, const struct content **out, struct diags *d)
{
	struct tree *t;
	if (build_tree(b, &t, d) < 0)
		return -1;
	const struct node *n = tree_find(t->root, "boot/kernel");
	if (!n)
		return fail(d, KIND_INPUT, "add `kernel: image:` to the config",
			"a bootable image needs a kernel, and the config names none");
	*out = &n->inode->content;
	return 0;
}

int tree_without_boot(struct build *b, struct tree **out, struct diags *d)
{
	struct tree *t;
	if (build_tree(b, &t, d) < 0)
		return -1;
	/* The nodes are shared; only the root's list of children is another one. */
	struct tree *view = ARENA_NEW(b->mem, struct tree);
	*view = (struct tree){ .mem = t->mem, .root = ARENA_NEW(b->mem, struct node) };
	*view->root = *t->root;
	view->root->children = arena_array(b->mem, t->root->len, sizeof(*view->root->children));
	view->root->len = 0;
	view->root->cap = t->root->len;
	for (size_t i = 0; i < t->root->len; i++) {
		struct node *n = t->root->children[i];
		if (strcmp(n->name, "boot") != 0)
			view->root->children[view->root->len++] = n;
	}
	*out = view;
	return 0;
}

static int write_squashfs(struct build *b, struct out *to, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *root;
	const char *folder;
	if (tree_without_boot(b, &root, d) < 0 ||
		store_folder(b->store, b->mem, "packed", &folder, d) < 0)
		return -1;
	AUTO_BLOCKS blocks = o.blocks = blocks_open(folder);
	out_stream(to);
	if (fs_squashfs.write(root, &o, to, d) < 0 || out_flush(to, d) < 0)
		return fail_ctx(d, "writing the root image");
	blocks_close(&blocks);
	build_say(b, "root: %.1f MB of squashfs", (double)out_size(to) / 1e6);
	return 0;
}

int artefact_squashfs(struct build *b, struct out **out, struct diags *d)
{
	if (!b->made.squashfs) {
		AUTO_OUT to = NULL;
		if (build_scratch(b, &to, d) < 0 || write_squashfs(b, to, d) < 0)
			return -1;
		b->made.squashfs = build_keep(b, &to);
	}
	*out = b->made.squashfs;
	return 0;
}

int artefact_squashfs_to(struct build *b, struct out *to, struct diags *d)
{
	struct out *made = b->made.squashfs;
	if (made)
		return out_copy(to, out_fd(made), 0, out_size(made), d);
	if (write_squashfs(b, to, d) < 0)
		return -1;
	b->made.squashfs = to;
	return 0;
}
