#include "mkimage/build/build_impl.h"
#include "mkimage/bundle/bundle.h"

#include <string.h>

static const char *location(struct arena *a, const struct service *s)
{
	switch (s->section) {
	case SECTION_ONBOOT:
		return arena_fmt(a, "onboot[%zu]", s->index);
	case SECTION_ONSHUTDOWN:
		return arena_fmt(a, "onshutdown[%zu]", s->index);
	case SECTION_SERVICE:
		break;
	}
	return arena_fmt(a, "services[%zu]", s->index);
}

static int below(
	struct build *b, struct node *dir, const char *name, struct origin from, struct diags *d)
{
	return put_folder(b, b->tree, dir, name, 0755, from, NULL, d);
}

/* rootfs, or lower, tmp and rootfs: see bundle_runtime.c for what the target mounts there. */
static int root_of(struct build *b, const struct service *s, struct node *dir, struct origin from,
	struct diags *d)
{
	if (s->root_bundle == s->bundle && build_image(b, dir, s->readonly ? "rootfs" : "lower",
						   s->image, USE_SERVICE, from, d) < 0)
		return -1;
	if (!s->readonly && below(b, dir, "tmp", from, d) < 0)
		return -1;
	return below(b, dir, "rootfs", from, d);
}

/* The machine reads them at every start: in one line they are a third as long. */
static int bundle(struct build *b, const struct service *s, struct diags *d)
{
	struct origin from = { s->ref, location(b->mem, s) };
	struct node *dir;
	char *config, *runtime;
	size_t config_len, runtime_len;
	if (put_folder(b, b->tree, b->tree->root, s->bundle, 0755, from, &dir, d) < 0 ||
		root_of(b, s, dir, from, d) < 0 ||
		bundle_config_json(b->mem, s, 0, &config, &config_len, d) < 0 ||
		bundle_runtime_json(b->mem, s, 0, &runtime, &runtime_len, d) < 0 ||
		put_file(b, b->tree, dir, "config.json", config, config_len, 0644, from, d) < 0 ||
		put_file(b, b->tree, dir, "runtime.json", runtime, runtime_len, 0644, from, d) < 0)
		return fail_ctx(d, "bundling the container \"%s\"", s->name);
	return 0;
}

int build_bundles(struct build *b, struct diags *d)
{
	for (size_t i = 0; i < b->plan->services_len; i++) {
		if (bundle(b, &b->plan->services[i], d) < 0)
			return -1;
	}
	return 0;
}
