/*
 * The machine's own root: the init images, one over the other. The kernel runs /init of an initrd
 * (Documentation/filesystems/ramfs-rootfs-initramfs.rst), and Slipway's root goes on with
 * /sbin/init.
 */
#include "mkimage/check/check_impl.h"

#include "mkimage/layer/layer.h"

#include <string.h>

/* Files of the config may bring the program, or what it needs. */
static bool from_files(const struct plan *p)
{
	for (size_t i = 0; i < p->files_len; i++) {
		const char *path = p->files[i].item->path.v;
		path += strspn(path, "/");
		if (strcmp(path, "init") == 0 || strcmp(path, "sbin/init") == 0)
			return true;
	}
	return false;
}

/* The place of the image that brought the program. */
static struct pos place(const struct plan *p, const struct node *n)
{
	size_t i = p->init_len - 1;
	while (i && p->init_refs[i] != n->inode->ref)
		i--;
	return p->config->init.items[i].at;
}

static int check_root(struct checker *c)
{
	const struct plan *p = c->plan;
	struct service own = { .ref = p->init_refs[p->init_len - 1], .cwd = "/" };
	const char *name = "/init";
	bool covered;
	c->service = &own;
	const struct node *n = check_look(c, name, &covered);
	/* Slipway's own initrd takes either. */
	if (!n && p->slipway_init)
		n = check_look(c, name = "/sbin/init", &covered);
	if (!n) {
		check_mistake(c, p->config->init.items[0].at,
			p->slipway_init
				? "add slipway/init"
				: "add linuxkit/init, or slipway/init and slipway/system-runtime",
			"no init image has a program /init, so that the kernel has nothing to start");
		return 0;
	}
	own.args_at = place(p, n);
	return check_program(
		c, own.args_at, name, arena_fmt(c->mem, "the machine's init \"%s\"", name));
}

int check_init(struct checker *c, struct store *s)
{
	const struct plan *p = c->plan;
	struct layers open = { 0 };
	struct tree *t = tree_new(c->mem, 0);
	int rc = 0;
	/* Without a kernel nothing of it boots; what is missing cannot be looked into. */
	if (!p->kernel || !p->init_len || p->init_len < p->config->init.len || from_files(p))
		return 0;
	for (size_t i = 0; rc == 0 && i < p->init_len; i++)
		rc = image_apply(
			s, c->mem, p->init[i], t, t->root, p->init_refs[i], NULL, &open, c->d);
	c->root = t;
	if (rc == 0)
		rc = check_root(c);
	c->service = NULL;
	layers_close(&open);
	return rc;
}
