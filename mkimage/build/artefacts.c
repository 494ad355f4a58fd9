/* What formats share: each is made once, when it is first asked for. */
#include "mkimage/build/build_impl.h"

#include "mkimage/fs/fs.h"

#include "base/fd.h"

#include <errno.h>
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

/* The partition's guid says what is in it. */
static int guid_of(struct build *b, const struct out *o, struct diags *d)
{
	enum { CHUNK = 1 << 20 };
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	char *buf = arena_alloc(b->mem, CHUNK);
	struct digest g;
	for (uint64_t at = 0, size = out_size(o); at < size;) {
		ssize_t n = fd_pread_full(out_fd(o), buf, CHUNK, at);
		if (n <= 0)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read the root image back");
		hasher_add(h, buf, (size_t)n);
		at += (uint64_t)n;
	}
	hasher_take(h, &g);
	digest_uuid(&g, b->root_guid);
	return 0;
}

int artefact_squashfs(struct build *b, struct out **out, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *root;
	if (b->squashfs) {
		*out = b->squashfs;
		return 0;
	}
	AUTO_OUT to = NULL;
	if (tree_without_boot(b, &root, d) < 0 || build_scratch(b, &to, d) < 0)
		return -1;
	if (fs_squashfs.write(root, &o, to, d) < 0 || guid_of(b, to, d) < 0)
		return fail_ctx(d, "writing the root image");
	build_say(b, "root: %.1f MB of squashfs", (double)out_size(to) / 1e6);
	*out = b->squashfs = to;
	to = NULL;
	return 0;
}
