#include "mkimage/plan/plan_impl.h"

#include "base/clock.h"

#include <string.h>

enum { CMDLINE_MOST = 2047 }; /* COMMAND_LINE_SIZE - 1, x86 and arm64 */

bool plan_go_on(const struct planner *pl)
{
	const struct diag *g = pl->d->last;
	return !diags_full(pl->d) && g && g->kind == KIND_INPUT;
}

int plan_mistake(struct planner *pl, struct pos at, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vfmt(pl->mem, fmt, ap);
	va_end(ap);
	if (pl->slipway)
		return fail_at(pl->d, at, hint, "%s", text);
	warn_at(pl->d, at, hint, "%s", text);
	return 0;
}

void plan_words(struct arena *a, const char *text, struct strings *out)
{
	while (text && *text) {
		size_t len = strcspn(text, ", \n");
		if (len)
			vec_push(a, out, arena_strn(a, text, len));
		text += len + (text[len] != '\0');
	}
}

static const char *or_default(const struct y_str *y, const char *otherwise)
{
	return y->v ? y->v : otherwise;
}

/*
 * A Slipway file gets the options that the kernel image recommends; its own follow, so that the
 * kernel takes those where both say something. A LinuxKit file means what it says, and no more.
 */
static int recommended_options(struct planner *pl, const struct image *kernel)
{
	const char *own = pl->p->cmdline, *all;
	const char *before = pl->slipway ? image_label(kernel, "io.slipway.kernel.cmdline") : NULL;
	if (!before || !before[0])
		return 0;
	all = arena_fmt(pl->mem, "%s%s%s", before, own[0] ? " " : "", own);
	if (strlen(all) > CMDLINE_MOST)
		return plan_mistake(pl, pl->c->kernel.cmdline.at, "shorten kernel.cmdline",
			"with the options that its image recommends the kernel's command line has "
			"%zu bytes, and at most %d are read",
			strlen(all), CMDLINE_MOST);
	pl->p->cmdline = all;
	return 0;
}

int plan_kernel(struct planner *pl)
{
	const struct kernel_item *k = &pl->c->kernel;
	struct plan *p = pl->p;
	struct found_image *f;
	p->cmdline = or_default(&k->cmdline, "");
	if (plan_memory(pl) < 0)
		return -1;
	p->kernel_binary = or_default(&k->binary, "kernel");
	p->kernel_tar = or_default(&k->tar, "kernel.tar");
	if (!p->kernel_tar[0] || strcmp(p->kernel_tar, "none") == 0)
		p->kernel_tar = NULL;
	p->ucode = k->ucode.v && k->ucode.v[0] ? k->ucode.v : NULL;
	for (size_t i = 0; i < pl->c->modules.len; i++)
		vec_push(pl->mem, &p->modules_extra, pl->c->modules.items[i].v);
	if (!k->image.v || !k->image.v[0])
		return 0;
	int rc = plan_image(pl, &k->image, &f);
	if (rc)
		return rc < 0 ? -1 : 0;
	p->kernel = f->image;
	p->kernel_ref = f->ref;
	if (recommended_options(pl, f->image) < 0)
		return -1;
	plan_words(
		pl->mem, image_label(f->image, "io.slipway.kernel.modules.boot"), &p->modules_boot);
	plan_words(pl->mem, image_label(f->image, "io.slipway.kernel.modules.default"),
		&p->modules_default);
	if (p->modules_extra.len && !p->modules_boot.len)
		return plan_mistake(pl, pl->c->modules.at,
			"remove modules:, or use Slipway's kernel package",
			"the kernel image gives all its modules, so that modules: does nothing");
	return 0;
}

int plan_init(struct planner *pl)
{
	const struct y_list *init = &pl->c->init;
	struct plan *p = pl->p;
	bool failed = false;
	p->init = arena_array(pl->mem, init->len, sizeof(*p->init));
	p->init_refs = arena_array(pl->mem, init->len, sizeof(*p->init_refs));
	for (size_t i = 0; i < init->len; i++) {
		struct found_image *f;
		int rc = plan_image(pl, &init->items[i], &f);
		failed |= rc < 0;
		if (rc < 0 && !plan_go_on(pl))
			return -1;
		if (rc)
			continue;
		const char *ours = image_label(f->image, "io.slipway.init");
		p->slipway_init |= ours && strcmp(ours, "1") == 0;
		p->init[p->init_len] = f->image;
		p->init_refs[p->init_len++] = f->ref;
	}
	return failed ? -1 : 0;
}

int plan_make(struct arena *a, const struct config *c, struct store *s,
	const struct plan_options *o, struct plan *out, struct diags *d)
{
	struct plan p = {
		.config = c, .platform = platform_host(), .pins = o->pins, .pins_len = o->pins_len
	};
	struct planner pl = { .mem = a,
		.c = c,
		.store = s,
		.p = &p,
		.d = d,
		.options = o,
		.slipway = c->slipway.set && c->slipway.v == 1 };
	if (c->arch.v && platform_parse(a, c->arch.v, &p.platform, d) < 0) {
		if (d->last && !d->last->at.line)
			d->last->at = c->arch.at;
		return -1;
	}
	if (clock_epoch(o->epoch ? *o->epoch : CLOCK_DEFAULT_EPOCH, &p.epoch, d) < 0)
		return -1;

	static int (*const steps[])(struct planner *) = {
		plan_kernel,
		plan_init,
		plan_volumes,
		plan_services,
		plan_disk,
		plan_files,
		plan_verify_unused,
		plan_sign,
	};
	bool failed = false;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i](&pl) < 0) {
			failed = true;
			if (!plan_go_on(&pl))
				return -1;
		}
	}
	if (failed)
		return -1;
	*out = p;
	return 0;
}
