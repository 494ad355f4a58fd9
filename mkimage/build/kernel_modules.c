/* Of all the modules of a kernel package, those that the machine needs. */
#include "mkimage/build/build_impl.h"

#include <string.h>

enum { TEXT_MAX = 64 << 20 };

static const char lib_modules[] = "lib/modules";

static int text_of(struct build *b, const struct node *folder, const char *name, bool needed,
	const char **out, struct diags *d)
{
	const struct node *n = tree_find(folder, name);
	size_t len;
	*out = NULL;
	if (!n || n->inode->type != NODE_FILE) {
		if (!needed)
			return 0;
		return fail(d, KIND_INPUT, "run depmod when the kernel is packaged",
			"the kernel's modules come without \"%s\"", name);
	}
	return content_text(b->mem, &n->inode->content, name, TEXT_MAX, out, &len, d);
}

static struct node *version_folder(const struct tree *t, struct diags *d)
{
	struct node *all = tree_find(t->root, lib_modules);
	if (all && all->inode->type == NODE_DIR && all->len == 1 &&
		all->children[0]->inode->type == NODE_DIR)
		return all->children[0];
	(void)fail(d, KIND_INPUT, NULL,
		"the kernel's tar does not hold one folder lib/modules/VERSION");
	return NULL;
}

static int keep_all(
	const struct modules *m, const struct strings *names, bool *kept, struct diags *d)
{
	vec_each (const char *, name, names) {
		if (modules_keep(m, *name, (struct pos){ 0 }, kept, d) < 0)
			return -1;
	}
	return 0;
}

static int choose(struct build *b, struct kernel_modules *k, struct diags *d)
{
	const struct plan *p = b->plan;
	const struct y_list *extra = &p->config->modules;
	k->boot = modules_none(&k->all);
	k->root = modules_none(&k->all);
	if (keep_all(&k->all, &p->modules_boot, k->boot, d) < 0 ||
		keep_all(&k->all, &p->modules_boot, k->root, d) < 0 ||
		keep_all(&k->all, &p->modules_default, k->root, d) < 0)
		return fail_ctx(d, "reading the labels of the kernel image \"%s\"", p->kernel_ref);
	bool failed = false;
	for (size_t i = 0; i < extra->len; i++)
		failed |= modules_keep(&k->all, extra->items[i].v, extra->items[i].at, k->root, d) <
			  0;
	return failed ? -1 : 0;
}

/* The folder again, with the kept modules and depmod's files for them. */
static int refill(struct build *b, struct tree *t, struct node *folder,
	const struct kernel_modules *k, struct diags *d)
{
	struct origin from = { b->plan->kernel_ref, "kernel" };
	struct inode **inodes = arena_array(b->mem, k->all.len, sizeof(*inodes));
	struct modules_texts texts = { 0 };
	const struct node *builtin = tree_find(folder, "modules.builtin");
	struct inode *builtin_inode = builtin ? inode_copy(b->mem, builtin->inode) : NULL;
	for (size_t i = 0; i < k->all.len; i++) {
		const struct node *n = k->root[i] ? tree_find(folder, k->all.items[i].path) : NULL;
		if (k->root[i] && (!n || n->inode->type != NODE_FILE))
			return fail(d, KIND_INPUT, NULL,
				"modules.dep lists \"%s\", which is not there",
				k->all.items[i].path);
		inodes[i] = n ? inode_copy(b->mem, n->inode) : NULL;
	}
	modules_filter(&k->all, k->root, &texts);
	tree_clear(folder);
	for (size_t i = 0; i < k->all.len; i++) {
		if (inodes[i] && tree_put(t, folder, k->all.items[i].path, inodes[i], NULL, d) < 0)
			return -1;
	}
	if (builtin_inode && tree_put(t, folder, "modules.builtin", builtin_inode, NULL, d) < 0)
		return -1;
	if (put_file(b, t, folder, "modules.dep", texts.dep, strlen(texts.dep), 0644, from, d) <
			0 ||
		put_file(b, t, folder, "modules.alias", texts.alias, strlen(texts.alias), 0644,
			from, d) < 0 ||
		put_file(b, t, folder, "modules.softdep", texts.softdep, strlen(texts.softdep),
			0644, from, d) < 0)
		return -1;
	return 0;
}

int kernel_modules_choose(struct build *b, struct tree *t, struct diags *d)
{
	struct modules_texts texts;
	if (!b->plan->modules_boot.len)
		return 0;
	struct node *folder = version_folder(t, d);
	if (!folder)
		return -1;
	struct kernel_modules *k = ARENA_NEW(b->mem, struct kernel_modules);
	k->folder = arena_fmt(b->mem, "%s/%s", lib_modules, folder->name);
	if (text_of(b, folder, "modules.dep", true, &texts.dep, d) < 0 ||
		text_of(b, folder, "modules.alias", false, &texts.alias, d) < 0 ||
		text_of(b, folder, "modules.softdep", false, &texts.softdep, d) < 0 ||
		text_of(b, folder, "modules.builtin", false, &texts.builtin, d) < 0 ||
		modules_parse(b->mem, &texts, &k->all, d) < 0 || choose(b, k, d) < 0 ||
		refill(b, t, folder, k, d) < 0)
		return -1;
	size_t kept = 0;
	for (size_t i = 0; i < k->all.len; i++)
		kept += k->root[i];
	build_say(b, "kernel: %s, %zu of %zu modules", folder->name, kept, k->all.len);
	b->modules = k;
	return 0;
}
