/* Slipway's initrd (docs/ARCHITECTURE.md "Initrd"): init, the modules that finding the root needs,
 * and how to find it. */
#include "mkimage/build/build_impl.h"

#include "mkimage/fs/fs.h"

#include <string.h>

enum { BOOT_CONF_MAX = 4096, TIMEOUT = 30 };

/* What no device asks for: init loads these by name, and drivers by what it finds. */
static const char *const root_modules[] = { "loop", "squashfs", "dm_verity" };

/* A root inside the initrd needs no verifying: who checks the initrd has checked it. */
static size_t root_modules_len(const struct build *b, enum initrd_kind kind)
{
	return ARRAY_LEN(root_modules) - (kind != INITRD_PARTITION || !root_verified(b));
}

/* One flag per module: those of root_modules, and the drivers of the media where the root may be.
 */
static int choose_modules(struct build *b, enum initrd_kind kind, bool **out, struct diags *d)
{
	const struct kernel_modules *k = b->modules;
	struct pos nowhere = { 0 };
	bool *kept = modules_none(&k->all);
	if (kind == INITRD_PARTITION)
		memcpy(kept, k->boot, k->all.len * sizeof(*kept));
	for (size_t i = 0; i < root_modules_len(b, kind); i++) {
		if (modules_keep(&k->all, root_modules[i], nowhere, kept, d) < 0)
			return fail_ctx(d, "choosing the modules that mounting the root needs");
	}
	*out = kept;
	return 0;
}

static int add_init(struct build *b, const struct tree *root, struct tree *t, struct diags *d)
{
	const struct node *n = tree_find(root->root, "init");
	if (!n || n->inode->type != NODE_FILE)
		n = tree_find(root->root, "sbin/init");
	if (!n || n->inode->type != NODE_FILE)
		return fail(d, KIND_INPUT, "add slipway/init to init:",
			"no init image has a program /init or /sbin/init");
	struct inode *i = inode_copy(b->mem, n->inode);
	i->mode = 0755;
	return tree_put(t, t->root, "init", i, NULL, d);
}

static int add_modules(struct build *b, enum initrd_kind kind, const struct tree *root,
	struct tree *t, struct diags *d)
{
	const struct kernel_modules *k = b->modules;
	struct origin from = { NULL, NULL };
	struct modules_texts texts = { 0 };
	const struct node *have;
	struct node *folder;
	bool *kept;
	if (!k)
		return 0;
	if (choose_modules(b, kind, &kept, d) < 0)
		return -1;
	have = tree_find(root->root, k->folder);
	if (!have || tree_dir(t, t->root, k->folder, 0755, b->plan->epoch, &folder, d) < 0)
		return -1;
	for (size_t i = 0; i < k->all.len; i++) {
		const char *path = k->all.items[i].path;
		const struct node *n = kept[i] ? tree_find(have, path) : NULL;
		if (n && tree_put(t, folder, path, inode_copy(b->mem, n->inode), NULL, d) < 0)
			return -1;
	}
	modules_filter(&k->all, kept, &texts);
	if (put_file(b, t, folder, "modules.dep", texts.dep, strlen(texts.dep), 0644, from, d) <
			0 ||
		put_file(b, t, folder, "modules.alias", texts.alias, strlen(texts.alias), 0644,
			from, d) < 0 ||
		put_file(b, t, folder, "modules.softdep", texts.softdep, strlen(texts.softdep),
			0644, from, d) < 0)
		return -1;
	const struct node *builtin = tree_find(have, "modules.builtin");
	if (!builtin)
		return 0;
	return tree_put(t, folder, "modules.builtin", inode_copy(b->mem, builtin->inode), NULL, d);
}

static int add_conf(struct build *b, enum initrd_kind kind, struct tree *t, struct diags *d)
{
	struct origin from = { NULL, NULL };
	const char *names = "", *root = "embedded";
	for (size_t i = 0; i < root_modules_len(b, kind); i++) {
		/* What is built into the kernel needs no loading. */
		if (b->modules && modules_has(&b->modules->all, root_modules[i]))
			names = arena_fmt(
				b->mem, "%s%s%s", names, *names ? "," : "", root_modules[i]);
	}
	if (kind == INITRD_PARTITION)
		root = root_verified(b) ? "roothash"
					: arena_fmt(b->mem, "PARTUUID=%s", b->root_guid);
	const char *text = arena_fmt(b->mem,
		"root=%s\n"
		"fstype=squashfs\n"
		"modules=%s\n"
		"timeout=%d\n"
		"epoch=%lld\n",
		root, names, TIMEOUT, (long long)b->plan->epoch);
	if (strlen(text) > BOOT_CONF_MAX)
		return fail(d, KIND_BUG, NULL, "the initrd's settings are longer than %d bytes",
			BOOT_CONF_MAX);
	return put_file(b, t, t->root, "etc/slipway/boot", text, strlen(text), 0644, from, d);
}

static int add_root(struct build *b, struct out *squashfs, struct tree *t, struct diags *d)
{
	struct inode *i = tree_inode(t, NODE_FILE, 0644, 0, 0, b->plan->epoch);
	i->content = (struct content){ .size = out_size(squashfs), .fd = out_fd(squashfs) };
	return tree_put(t, t->root, "root.squashfs", i, NULL, d);
}

/* Folders to mount on, and the console that the kernel opens for init before anything is mounted.
 */
static int add_basics(struct build *b, struct tree *t, struct diags *d)
{
	static const char *const folders[] = { "dev", "proc", "sys", "run" };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		if (tree_dir(t, t->root, folders[i], 0755, b->plan->epoch, NULL, d) < 0)
			return -1;
	}
	struct inode *console = tree_inode(t, NODE_CHAR, 0600, 0, 0, b->plan->epoch);
	console->major = 5;
	console->minor = 1;
	return tree_put(t, t->root, "dev/console", console, NULL, d);
}

/* The kernel takes microcode from an uncompressed cpio before all others. */
static int put_ucode(struct build *b, const struct tree *root, struct out *to, struct diags *d)
{
	const struct node *n = tree_find(root->root, "boot/ucode.cpio");
	if (!b->plan->ucode || !n)
		return 0;
	const struct content *c = &n->inode->content;
	int rc = c->bytes ? out_write(to, c->bytes, (size_t)c->size, d)
			  : out_copy(to, c->fd, c->offset, c->size, d);
	return rc < 0 ? -1 : out_align(to, 4, d);
}

static int initrd_tree(struct build *b, enum initrd_kind kind, struct out *squashfs,
	struct tree *root, struct tree **out, struct diags *d)
{
	struct tree *t = tree_new(b->mem, b->plan->epoch);
	if (add_basics(b, t, d) < 0 || add_init(b, root, t, d) < 0 ||
		add_modules(b, kind, root, t, d) < 0 || add_conf(b, kind, t, d) < 0)
		return -1;
	if (kind == INITRD_EMBEDDED && add_root(b, squashfs, t, d) < 0)
		return -1;
	*out = t;
	return 0;
}

static int write_initrd(struct build *b, enum initrd_kind kind, struct out *to, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct out *squashfs, *hashes;
	struct tree *root, *t;
	if (build_tree(b, &root, d) < 0 || artefact_squashfs(b, &squashfs, d) < 0 ||
		(kind == INITRD_PARTITION && artefact_hashes(b, &hashes, d) < 0) ||
		initrd_tree(b, kind, squashfs, root, &t, d) < 0 || put_ucode(b, root, to, d) < 0 ||
		fs_cpio.write(t, &o, to, d) < 0)
		return fail_ctx(d, "writing the initrd");
	return 0;
}

int artefact_initrd(struct build *b, enum initrd_kind kind, struct out **out, struct diags *d)
{
	if (!b->made.initrd[kind]) {
		AUTO_OUT to = NULL;
		if (build_scratch(b, &to, d) < 0 || write_initrd(b, kind, to, d) < 0)
			return -1;
		b->made.initrd[kind] = build_keep(b, &to);
	}
	*out = b->made.initrd[kind];
	return 0;
}

int artefact_initrd_to(struct build *b, enum initrd_kind kind, struct out *to, struct diags *d)
{
	struct out *made = b->made.initrd[kind];
	if (made)
		return out_copy(to, out_fd(made), 0, out_size(made), d);
	if (write_initrd(b, kind, to, d) < 0 || out_flush(to, d) < 0)
		return -1;
	b->made.initrd[kind] = to;
	return 0;
}

int artefact_linuxkit_initrd(struct build *b, struct out *to, struct diags *d)
{
	struct fs_options o = { .epoch = b->plan->epoch };
	struct tree *root, *view;
	AUTO_OUT cpio = NULL;
	if (build_tree(b, &root, d) < 0 || tree_without_boot(b, &view, d) < 0 ||
		build_scratch(b, &cpio, d) < 0 || fs_cpio.write(view, &o, cpio, d) < 0 ||
		put_ucode(b, root, to, d) < 0 || gzip_copy(b, cpio, to, d) < 0)
		return fail_ctx(d, "writing the initrd");
	return plan_fits(b->plan, out_size(cpio) + out_size(to),
		"the initrd, together with what the kernel unpacks of it,",
		"raise mem=, or take slipway/init: its root stays compressed", d);
}
