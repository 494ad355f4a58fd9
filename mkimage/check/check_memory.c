/*
 * Whether the root fits what `mem=` leaves of the memory. LinuxKit's init unpacks all of it; of
 * Slipway's only what kernel+initrd has in the initrd, compressed: the build, which knows the
 * format and the size, says the rest.
 */
#include "mkimage/check/check_impl.h"

#include "mkimage/layer/layer.h"

#include <string.h>

enum { PAGE = 4096 };

static int add_file(void *ctx, struct node *n, const char *path)
{
	uint64_t *sum = ctx;
	(void)path;
	if (n->inode->type == NODE_FILE && !n->inode->serial++)
		*sum += (n->inode->content.size + PAGE - 1) / PAGE * PAGE;
	return 0;
}

/* What an image's files take when they are unpacked into memory. */
static int add_image(struct store *s, const struct image *i, uint64_t *sum, struct diags *d)
{
	AUTO_ARENA mem = arena_new();
	struct layers open = { 0 };
	struct tree *t = tree_new(mem, 0);
	int rc = image_apply(s, mem, i, t, t->root, i->name, NULL, &open, d);
	if (rc == 0)
		(void)tree_walk(t->root, add_file, sum);
	layers_close(&open);
	return rc;
}

static int unpacked(const struct plan *p, struct store *s, uint64_t *sum, struct diags *d)
{
	for (size_t i = 0; i < p->init_len; i++) {
		if (add_image(s, p->init[i], sum, d) < 0)
			return -1;
	}
	for (size_t i = 0; i < p->services_len; i++) {
		const struct service *one = &p->services[i];
		if (one->root_bundle == one->bundle && add_image(s, one->image, sum, d) < 0)
			return -1;
	}
	for (size_t i = 0; i < p->volumes_len; i++) {
		const struct planned_volume *v = &p->volumes[i];
		if (v->image && !v->oci_len && add_image(s, v->image, sum, d) < 0)
			return -1;
	}
	return 0;
}

struct digests {
	const struct digest **items;
	size_t len, cap;
};

/* Layers that are compressed: squashfs will hardly be smaller. Each once. */
static void add_layers(struct arena *a, const struct image *i, struct digests *seen, uint64_t *sum)
{
	vec_each (struct descriptor, l, &i->layers) {
		bool again = !strstr(l->media_type, "gzip") && !strstr(l->media_type, "zstd");
		vec_each (const struct digest *, g, seen)
			again |= digest_equal(*g, &l->digest);
		if (again)
			continue;
		vec_push(a, seen, &l->digest);
		*sum += l->size;
	}
}

static uint64_t compressed(struct arena *a, const struct plan *p)
{
	struct digests seen = { 0 };
	uint64_t sum = 0;
	for (size_t i = 0; i < p->init_len; i++)
		add_layers(a, p->init[i], &seen, &sum);
	for (size_t i = 0; i < p->services_len; i++)
		add_layers(a, p->services[i].image, &seen, &sum);
	for (size_t i = 0; i < p->volumes_len; i++) {
		if (p->volumes[i].image)
			add_layers(a, p->volumes[i].image, &seen, &sum);
	}
	return sum;
}

int check_memory(struct checker *c, struct store *s)
{
	const struct plan *p = c->plan;
	uint64_t sum = 0;
	if (!p->memory || !p->kernel)
		return 0;
	if (!p->slipway_init) {
		if (unpacked(p, s, &sum, c->d) < 0)
			return -1;
		return plan_fits(p, sum, "the root, unpacked into memory,",
			"raise mem=, or take slipway/init: its root stays compressed", c->d);
	}
	sum = compressed(c->mem, p);
	if (sum > p->memory)
		check_warn(c, p->config->kernel.cmdline.at, "raise mem=, or build -f iso",
			"the images are %.1f MiB of compressed layers, which kernel+initrd keeps in memory, and mem= leaves %.1f MiB",
			(double)sum / (1 << 20), (double)p->memory / (1 << 20));
	return 0;
}
