/* A package from its recipe: the steps in order. */
#include "mkimage/pkg/linuxkit.h"
#include "mkimage/pkg/pkg_sbom.h"

#include "base/clock.h"

#include <stdarg.h>
#include <string.h>

void pkg_progress(const struct pkg_build *b, const char *fmt, ...)
{
	va_list ap;
	if (!b->options->progress)
		return;
	va_start(ap, fmt);
	const char *text = arena_vfmt(b->mem, fmt, ap);
	va_end(ap);
	b->options->progress(
		b->options->ctx, arena_fmt(b->mem, "%s: %s", b->recipe->image.v, text));
}

void pkg_label(struct pkg_build *b, const char *key, const char *value)
{
	vec_push(b->mem, &b->labels, ((struct label){ key, value }));
}

/* The image, or false: not there, or not whole any more. */
static bool in_store(struct store *s, struct arena *a, const char *ref, const struct platform *p,
	struct image *out)
{
	struct diags quiet;
	diags_init(&quiet, a);
	if (store_image(s, a, ref, p, out, &quiet) < 0)
		return false;
	vec_each (struct descriptor, l, &out->layers)
		if (!store_has(s, &l->digest))
			return false;
	return true;
}

static int base_open(struct pkg_build *b, const char *ref, struct layers *open, struct diags *d)
{
	struct image *base = ARENA_NEW(b->mem, struct image);
	if (store_image(b->store, b->mem, ref, &b->options->platform, base, d) < 0)
		return -1;
	b->base = base;
	if (bom_base(b, d) < 0)
		return -1;
	return image_apply(b->store, b->mem, base, b->below, b->below->root, ref, "base", open, d);
}

static int steps_run(struct pkg_build *b, const char *ref, struct diags *d)
{
	if (pkg_debian(b, d) < 0 || pkg_linux(b, d) < 0 || pkg_kernel(b, d) < 0 ||
		pkg_source(b, d) < 0 || pkg_compile(b, d) < 0 || pkg_modules(b, d) < 0 ||
		pkg_programs(b, d) < 0 || pkg_files(b, d) < 0 || pkg_users(b, d) < 0 ||
		pkg_asides(b, ref, d) < 0)
		return -1;
	pkg_progress(b, "writing %s", ref);
	return pkg_image(b, ref, d);
}

static int build(struct store *s, const struct recipe *r, const struct pkg_options *o,
	const char *ref, const char *base, const char *kernel, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	AUTO_OUT pack = NULL;
	__attribute__((cleanup(layers_close))) struct layers open = { 0 };
	struct pkg_build b = { .store = s, .mem = a, .options = o, .recipe = r };
	if (clock_epoch(CLOCK_DEFAULT_EPOCH, &b.epoch, d) < 0 ||
		store_folder(s, a, "tmp", &b.tmp, d) < 0 || out_scratch(b.tmp, &pack, d) < 0)
		return -1;
	b.pack = pack;
	if (kernel)
		b.modules_on = pkg_aside_ref(a, kernel, "dev");
	b.below = tree_new(a, b.epoch);
	b.tree = tree_new(a, b.epoch);
	b.bom = sbom_new(a);
	if (base && base_open(&b, base, &open, d) < 0)
		return -1;
	return steps_run(&b, ref, d);
}

int pkg_build(struct store *s, struct arena *a, const char *dir, const struct pkg_options *o,
	const char **ref, bool *built, struct diags *d)
{
	struct recipe r;
	struct image there;
	const char *name, *base = NULL, *kernel = NULL;
	struct linuxkit_recipe theirs;
	bool is;
	if (linuxkit_recipe_load(a, dir, &is, &theirs, d) < 0)
		return -1;
	if (is)
		return fail_at(d, theirs.image.at,
			"`linuxkit pkg build` builds it; `slipway image import` takes the result",
			"\"%s\" is a package of LinuxKit's, whose Dockerfile is not built here",
			dir);
	if (pkg_tag(a, dir, o, &name, d) < 0 || recipe_load(a, dir, &r, d) < 0)
		return -1;
	bool made = false, base_made;
	if (o->force || !in_store(s, a, name, &o->platform, &there)) {
		struct pkg_options below = *o;
		below.force = false;
		/* pkg_tag has seen to it that bases do not go in a circle. */
		if (r.base.v &&
			pkg_build(s, a, pkg_base_dir(a, &r), &below, &base, &base_made, d) < 0)
			return fail_ctx(d, "building the base of \"%s\"", r.image.v);
		if (r.modules.set &&
			pkg_build(s, a, pkg_kernel_dir(a, &r), &below, &kernel, &base_made, d) < 0)
			return fail_ctx(d, "building the kernel of \"%s\"", r.image.v);
		if (build(s, &r, o, name, base, kernel, d) < 0 ||
			store_image(s, a, name, &o->platform, &there, d) < 0)
			return -1;
		made = true;
	}
	if (pkg_latest(s, a, name, r.image.v, d) < 0)
		return -1;
	*ref = name;
	*built = made;
	return 0;
}
