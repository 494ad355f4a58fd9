/* What a root on a partition is verified by: its hashes beside it, a kernel that reads through
 * them, and the root hash on the command line, which the UKI's signature covers. */
#include "mkimage/build/build_impl.h"

#include <string.h>

bool root_verified(const struct build *b)
{
	const struct y_bool *want = &b->plan->config->disk.verity;
	return !want->set || want->v;
}

int artefact_hashes(struct build *b, struct out **out, struct diags *d)
{
	struct out *root;
	if (b->made.hashes) {
		*out = b->made.hashes;
		return 0;
	}
	AUTO_OUT to = NULL;
	if (artefact_squashfs(b, &root, d) < 0 || build_scratch(b, &to, d) < 0 ||
		verity_write(root, 0, to, &b->verity, d) < 0)
		return fail_ctx(d, "hashing the root image");
	verity_guids(&b->verity, b->root_guid, b->hashes_guid);
	*out = b->made.hashes = build_keep(b, &to);
	return 0;
}

/* A kernel without Slipway's labels brings no module into the initrd: it must be built in. */
static bool built_in(struct build *b, const struct tree *t, bool *out, struct diags *d)
{
	static const char name[] = "/dm-verity.ko\n";
	const struct node *all = tree_find(t->root, "lib/modules");
	*out = false;
	for (size_t i = 0; all && i < all->len; i++) {
		const struct node *n = tree_find(all->children[i], "modules.builtin");
		const char *text;
		size_t len;
		if (!n || n->inode->type != NODE_FILE)
			continue;
		if (content_text(b->mem, &n->inode->content, "modules.builtin", 64 << 20, &text,
			    &len, d) < 0)
			return false;
		*out |= strstr(text, name) != NULL;
	}
	return true;
}

static int check_kernel(struct build *b, struct diags *d)
{
	struct tree *t;
	bool has;
	if (build_tree(b, &t, d) < 0)
		return -1;
	if (b->modules)
		has = kernel_provides(b->modules, "dm_verity");
	else if (!built_in(b, t, &has, d))
		return -1;
	if (has)
		return 0;
	return fail_at(d, b->plan->config->kernel.image.at,
		"take another kernel, or add dm_verity to its label io.slipway.kernel.modules.boot; "
		"`disk: {verity: false}` does without",
		"the kernel \"%s\" has no dm_verity, by which a root on a disk or CD is verified: neither built in nor in its boot list",
		b->plan->kernel_ref);
}

static bool has_roothash(const char *cmdline)
{
	for (const char *p = cmdline; (p = strstr(p, "roothash=")) != NULL; p++) {
		if (p == cmdline || p[-1] == ' ')
			return true;
	}
	return false;
}

int artefact_cmdline(struct build *b, enum initrd_kind kind, const char **out, struct diags *d)
{
	const char *words = b->plan->cmdline;
	struct out *hashes;
	char root[DIGEST_TEXT_SIZE];
	*out = words;
	if (kind != INITRD_PARTITION || !root_verified(b))
		return 0;
	if (has_roothash(words))
		return fail_at(d, b->plan->config->kernel.cmdline.at,
			"remove it: the build adds the root's own",
			"kernel.cmdline has a \"roothash=\"");
	if (check_kernel(b, d) < 0 || artefact_hashes(b, &hashes, d) < 0)
		return -1;
	*out = arena_fmt(b->mem, "roothash=%s%s%s", digest_hex(&b->verity.root, root),
		*words ? " " : "", words);
	return 0;
}
