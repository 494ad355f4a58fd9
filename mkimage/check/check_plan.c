#include "mkimage/check/check_impl.h"

#include "mkimage/layer/layer.h"

#include <string.h>

/* All services with the files of one image. */
static int check_image(struct checker *c, const struct service *first, struct store *s)
{
	struct layers open = { 0 };
	struct tree *t = tree_new(c->mem, 0);
	int rc = image_apply(s, c->mem, first->image, t, t->root, first->ref, NULL, &open, c->d);
	c->root = t;
	const struct service *end = c->plan->services + c->plan->services_len;
	for (const struct service *other = first; rc == 0 && other < end; other++) {
		if (strcmp(other->root_bundle, first->bundle) != 0)
			continue;
		c->service = other;
		check_mounts(c);
		check_cwd(c);
		rc = check_commands(c);
	}
	c->service = NULL;
	layers_close(&open);
	return rc;
}

int check_plan(const struct plan *p, struct store *s, struct diags *d)
{
	unsigned before = d->errors;
	for (size_t i = 0; i < p->services_len && !diags_full(d); i++) {
		/* One at a time: images are large. */
		AUTO_ARENA mem = arena_new();
		struct checker c = { .mem = mem, .plan = p, .d = d };
		const struct service *first = &p->services[i];
		if (strcmp(first->root_bundle, first->bundle) == 0 && check_image(&c, first, s) < 0)
			return fail_ctx(d, "looking into the image \"%s\"", first->ref);
	}
	AUTO_ARENA mem = arena_new();
	struct checker c = { .mem = mem, .plan = p, .d = d };
	if (!diags_full(d) && check_init(&c, s) < 0)
		return fail_ctx(d, "looking into the init images");
	if (!diags_full(d) && check_memory(&c, s) < 0)
		return -1;
	check_ports(&c);
	return d->errors > before ? -1 : 0;
}
