#include "mkimage/plan/plan_impl.h"

#include "mkimage/store/oci.h"

#include <string.h>

enum { PLATFORMS_MAX = 16 };

/* A part of the image for a machine that is not this one. */
static int other_part(struct planner *pl, const struct y_str *y, const char *ref,
	const struct platform *want, const struct image **out)
{
	const struct plan_options *o = pl->options;
	struct image *image = ARENA_NEW(pl->mem, struct image);
	unsigned before = pl->d->errors;
	struct diags quiet;
	bool got;
	diags_init(&quiet, pl->mem);
	int rc = store_image(pl->store, pl->mem, ref, want, image, &quiet);
	if (rc < 0 && o->fetch)
		rc = o->fetch(o->fetch_ctx, ref, want, &got, pl->d);
	if (rc == 0 || !o->fetch)
		rc = store_image(pl->store, pl->mem, ref, want, image, pl->d);
	if (rc < 0 && pl->d->errors > before && pl->d->last && !pl->d->last->at.line)
		pl->d->last->at = y->at;
	image->name = ref;
	*out = image;
	return rc < 0 ? -1 : plan_verify(pl, y, ref, image, NULL);
}

static int part(struct planner *pl, const struct y_str *y, const struct found_image *f,
	const struct image **out)
{
	struct platform want;
	const struct platform *own = &f->image->config.platform;
	if (platform_parse(pl->mem, y->v, &want, pl->d) < 0) {
		if (pl->d->last && !pl->d->last->at.line)
			pl->d->last->at = y->at;
		return -1;
	}
	*out = f->image;
	if (platform_match(&want, own))
		return 0;
	return other_part(pl, y, f->ref, &want, out);
}

/* The image for each of platforms:, each once; without them that of the machine. */
static int oci(struct planner *pl, const struct volume_item *y, const struct found_image *f,
	struct planned_volume *out)
{
	if (y->platforms.len > PLATFORMS_MAX)
		return fail_at(pl->d, y->platforms.at, NULL,
			"a volume can have at most %d platforms", PLATFORMS_MAX);
	out->oci = arena_array(pl->mem, y->platforms.len + 1, sizeof(*out->oci));
	for (size_t i = 0; i < y->platforms.len; i++) {
		const struct image *image;
		bool again = false;
		if (part(pl, &y->platforms.items[i], f, &image) < 0)
			return -1;
		for (size_t k = 0; k < out->oci_len; k++)
			again |= digest_equal(
				&out->oci[k]->manifest.digest, &image->manifest.digest);
		if (!again)
			out->oci[out->oci_len++] = image;
	}
	if (!out->oci_len)
		out->oci[out->oci_len++] = f->image;
	return 0;
}

int plan_volumes(struct planner *pl)
{
	const struct volume_items *v = &pl->c->volumes;
	struct plan *p = pl->p;
	bool failed = false;
	p->volumes = arena_array(pl->mem, v->len, sizeof(*p->volumes));
	for (size_t i = 0; i < v->len; i++) {
		const struct volume_item *y = &v->items[i];
		struct planned_volume *out = &p->volumes[p->volumes_len++];
		struct found_image *f;
		*out = (struct planned_volume){
			.name = y->name.v, .readonly = y->readonly.v, .at = y->at
		};
		if (!y->image.v || !y->image.v[0])
			continue;
		int rc = plan_image(pl, &y->image, &f);
		if (rc == 0 && y->format.v && strcmp(y->format.v, "oci") == 0)
			rc = oci(pl, y, f, out);
		failed |= rc < 0;
		if (rc < 0 && !plan_go_on(pl))
			return -1;
		out->image = rc == 0 ? f->image : NULL;
	}
	return failed ? -1 : 0;
}
