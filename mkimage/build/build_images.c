/* Images on their way into the tree. */
#include "mkimage/build/build_impl.h"

#include <string.h>

/* What Docker puts there; 160 bytes, as in every LinuxKit image. */
static const char hosts[] = "127.0.0.1       localhost\n"
			    "::1     localhost ip6-localhost ip6-loopback\n"
			    "fe00::0 ip6-localnet\n"
			    "ff00::0 ip6-mcastprefix\n"
			    "ff02::1 ip6-allnodes\n"
			    "ff02::2 ip6-allrouters\n";
_Static_assert(sizeof(hosts) - 1 == 160, "LinuxKit's /etc/hosts");
static const char resolv_conf[] = "\n# no resolv.conf configured\n";

int image_clean(struct build *b, struct tree *t, struct node *dir, enum image_use use,
	struct origin from, struct diags *d)
{
	static const char *const dropped[] = { ".dockerenv", "Dockerfile", "dev/console", "dev/pts",
		"dev/shm", "etc/hostname" };
	static const char *const folders[] = { "dev", "dev/pts", "dev/shm", "etc", "proc", "sys" };
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
		struct node *n = tree_find(dir, dropped[i]);
		if (n)
			tree_remove(n);
	}
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		if (put_folder(b, t, dir, folders[i], 0755, from, NULL, d) < 0)
			return -1;
	}
	if (put_symlink(b, t, dir, "etc/mtab", "/proc/mounts", from, d) < 0 ||
		put_file(b, t, dir, "etc/hosts", hosts, sizeof(hosts) - 1, 0644, from, d) < 0)
		return -1;
	if (use == USE_SERVICE)
		return put_file(b, t, dir, "etc/resolv.conf", resolv_conf, sizeof(resolv_conf) - 1,
			0644, from, d);
	return put_symlink(b, t, dir, "etc/resolv.conf", "/run/resolvconf/resolv.conf", from, d);
}

int build_image(struct build *b, struct node *dir, const char *name, const struct image *image,
	enum image_use use, struct origin from, struct diags *d)
{
	struct node *n;
	if (put_folder(b, b->tree, dir, name, 0755, from, &n, d) < 0 ||
		image_apply(b->store, b->mem, image, b->tree, n, from.ref, from.loc, &b->layers,
			d) < 0 ||
		image_clean(b, b->tree, n, use, from, d) < 0)
		return -1;
	return 0;
}

enum { APK_MAX = 64 << 20 };
static const char apk_db[] = "lib/apk/db/installed";

/* Adds one image's list of installed packages to text. */
static int add_apk(
	struct build *b, const struct tree *t, const char **text, size_t *len, struct diags *d)
{
	const struct node *n = tree_find(t->root, apk_db);
	const char *more;
	size_t more_len;
	if (!n || n->inode->type != NODE_FILE)
		return 0;
	if (content_text(b->mem, &n->inode->content, "a list of apk packages", APK_MAX, &more,
		    &more_len, d) < 0)
		return -1;
	*text = arena_fmt(b->mem, "%s%s", *text, more);
	*len = strlen(*text);
	return 0;
}

static int init_image(struct build *b, size_t i, const char **apk, size_t *apk_len, struct diags *d)
{
	const struct plan *p = b->plan;
	struct pos at = p->config->init.items[i].at;
	struct origin from = { p->init_refs[i], arena_fmt(b->mem, "init[%zu]", i) };
	/* In a tree of its own, so that its whiteouts hide nothing of the images before it. */
	struct tree *own = tree_new(b->mem, p->epoch);
	if (image_apply(b->store, b->mem, p->init[i], own, own->root, from.ref, from.loc,
		    &b->layers, d) < 0 ||
		image_clean(b, own, own->root, USE_INIT, from, d) < 0 ||
		add_apk(b, own, apk, apk_len, d) < 0 || tree_merge(b, own, at, d) < 0)
		return fail_ctx(d, "adding %s to the root", from.loc);
	return 0;
}

int build_init(struct build *b, struct diags *d)
{
	const char *apk = "";
	size_t apk_len = 0;
	for (size_t i = 0; i < b->plan->init_len; i++) {
		if (init_image(b, i, &apk, &apk_len, d) < 0)
			return -1;
	}
	if (!apk_len)
		return 0;
	struct origin from = { "LINUXKIT.apkinit", "init" };
	return put_file(b, b->tree, b->tree->root, apk_db, apk, apk_len, 0644, from, d);
}
