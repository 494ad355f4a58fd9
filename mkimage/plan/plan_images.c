#include "mkimage/plan/plan_impl.h"

#include <stdlib.h>
#include <string.h>

/* What the store says about a name gets the name's place in the file. */
static int with_place(struct planner *pl, unsigned errors_before, struct pos at)
{
	struct diag *g = pl->d->last;
	if (g && pl->d->errors > errors_before && !g->at.line && g->kind == KIND_INPUT)
		g->at = at;
	return -1;
}

static struct found_image *known(struct planner *pl, const char *ref)
{
	vec_each (struct found_image, f, &pl->found) {
		if (strcmp(f->ref, ref) == 0)
			return f;
	}
	return NULL;
}

/* Whether the store has nothing of that name. */
static bool lacks(struct planner *pl, const struct y_str *name, const char *ref)
{
	struct missing_images *m = &pl->p->missing;
	struct descriptor desc;
	struct diags quiet;
	diags_init(&quiet, pl->mem);
	if (store_resolve(pl->store, pl->mem, ref, &desc, &quiet) == 0 ||
		diags_exit_code(&quiet) != KIND_INPUT)
		return false;
	if (!m->len++) {
		m->first = name;
		m->hint = quiet.first->hint;
	}
	return true;
}

static int by_ref(const void *key, const void *item)
{
	return strcmp(key, ((const struct plan_pin *)item)->ref);
}

const struct plan_pin *plan_pin_of(const struct plan *p, const char *ref)
{
	if (!p->pins_len)
		return NULL;
	return bsearch(ref, p->pins, p->pins_len, sizeof(*p->pins), by_ref);
}

/* The image that the lock has went out of the store, or never was in it. */
static int not_as_locked(struct planner *pl, const struct y_str *name, const char *digest)
{
	(void)fail_at(pl->d, name->at,
		"import it; or `slipway lock --update` takes what the store has by that name",
		"the store has not the image \"%s\" that the lock holds, %s", name->v, digest);
	if (!diags_full(pl->d))
		pl->d->last->kind = KIND_INTEGRITY;
	return -1;
}

/* The name under which a registry has it: of a locked one the digest counts. */
static const char *remote_name(
	struct planner *pl, const char *ref, const struct plan_pin *pin, const char *digest)
{
	size_t name = strcspn(ref, "@");
	for (size_t i = name; i && ref[i - 1] != '/'; i--)
		if (ref[i - 1] == ':')
			name = i - 1;
	return pin ? arena_fmt(pl->mem, "%.*s@%s", (int)name, ref, digest) : ref;
}

/* A name that the store has, and whose registry may have another image by now. */
static int renew(struct planner *pl, const struct y_str *name, const char *ref)
{
	const struct plan_options *o = pl->options;
	struct diags own;
	bool got = false;
	diags_init(&own, pl->d->mem);
	if (strchr(ref, '@') || o->fetch(o->fetch_ctx, ref, &pl->p->platform, &got, &own) == 0)
		return 0;
	if (diags_exit_code(&own) == KIND_INPUT) {
		note_at(pl->d, name->at, NULL, "what the store has is kept: %s", own.first->what);
		return 0;
	}
	const struct diag *g = own.first;
	(void)fail_at(pl->d, name->at, "`--offline` keeps to what the store has", "%s", g->what);
	if (!diags_full(pl->d))
		pl->d->last->kind = g->kind;
	return -1;
}

/* What the store lacks, or has of another platform, may be had elsewhere. */
static int fetch(struct planner *pl, const struct y_str *name, const char *ref,
	const struct plan_pin *pin, const char *from)
{
	const struct plan_options *o = pl->options;
	struct image image;
	struct diags quiet;
	bool got = false;
	diags_init(&quiet, pl->mem);
	if (store_image(pl->store, pl->mem, from, &pl->p->platform, &image, &quiet) == 0)
		return o->renew && !pin ? renew(pl, name, ref) : 0;
	if (diags_exit_code(&quiet) != KIND_INPUT)
		return 0;
	unsigned before = pl->d->errors;
	if (o->fetch(o->fetch_ctx, remote_name(pl, ref, pin, from), &pl->p->platform, &got,
		    pl->d) == 0)
		return 0;
	const char *near = quiet.first->hint;
	if (pl->d->errors > before && pl->d->last) {
		pl->d->last->at = name->at;
		if (near && strncmp(near, "did you mean", 12) == 0)
			pl->d->last->hint = near;
	}
	return -1;
}

static int look_up(
	struct planner *pl, const struct y_str *name, const char *ref, const struct image **out)
{
	struct image *image = ARENA_NEW(pl->mem, struct image);
	const struct plan_pin *pin = plan_pin_of(pl->p, ref);
	char digest[DIGEST_TEXT_SIZE];
	const char *from = pin ? digest_text(&pin->digest, digest) : ref;
	unsigned before = pl->d->errors;
	*out = NULL;
	if (pl->options->skip_missing && lacks(pl, name, from))
		return 0;
	if (pl->options->fetch && fetch(pl, name, ref, pin, from) < 0)
		return -1;
	if (pin && !store_has(pl->store, &pin->digest))
		return not_as_locked(pl, name, from);
	if (store_image(pl->store, pl->mem, from, &pl->p->platform, image, pl->d) < 0)
		return with_place(pl, before, name->at);
	image->name = ref;
	if (plan_verify(pl, name, ref, image, pin) < 0)
		return -1;
	*out = image;
	return 0;
}

int plan_image(struct planner *pl, const struct y_str *name, struct found_image **out)
{
	const char *ref, *why = NULL;
	if (reference_normalise(pl->mem, name->v, &ref, &why) < 0)
		return fail_at(pl->d, name->at, NULL, "\"%s\" is no image name: %s", name->v,
			why ? why : "malformed");
	struct found_image *f = known(pl, ref);
	if (!f) {
		struct found_image new = { .ref = ref };
		if (look_up(pl, name, ref, &new.image) < 0)
			return -1;
		vec_push(pl->mem, &pl->found, new);
		f = &pl->found.items[pl->found.len - 1];
	}
	*out = f;
	return f->image ? 0 : 1;
}

int plan_label(struct planner *pl, struct found_image *f, const struct image_options **out)
{
	if (!f->label_read) {
		const char *text = image_label(f->image, "org.mobyproject.config");
		f->label_read = true;
		if (text && *text) {
			struct image_options *o = ARENA_NEW(pl->mem, struct image_options);
			const char *name = arena_fmt(pl->mem, "label of image \"%s\"", f->ref);
			if (config_parse_label(pl->mem, name, text, o, pl->d) < 0)
				return -1;
			f->label = o;
		}
	}
	*out = f->label;
	return 0;
}
