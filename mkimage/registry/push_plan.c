/* What a push has to bring: everything that the name refers to. */
#include "mkimage/registry/push_impl.h"

#include "mkimage/registry/subject.h"

#include <string.h>

enum { TEXTS_MAX = 1000, BLOBS_MAX = 10000 };

static int read_text(
	struct push *p, const struct descriptor *desc, struct manifest_text *out, struct diags *d)
{
	size_t len;
	if (p->texts.len == TEXTS_MAX)
		return fail(d, KIND_INPUT, NULL, "it has more than %d manifests", TEXTS_MAX);
	out->desc = *desc;
	if (store_blob_read(p->store, p->c->mem, desc, MANIFEST_MAX, &out->text, &len, d) < 0)
		return -1;
	vec_push(p->c->mem, &p->texts, *out);
	return 0;
}

static int add_blob(struct push *p, const struct descriptor *desc, struct diags *d)
{
	vec_each (struct descriptor, had, &p->blobs)
		if (digest_equal(&had->digest, &desc->digest))
			return 0;
	if (p->blobs.len == BLOBS_MAX)
		return fail(d, KIND_INPUT, NULL, "it has more than %d blobs", BLOBS_MAX);
	vec_push(p->c->mem, &p->blobs, *desc);
	return 0;
}

static const char *called(struct arena *a, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_fmt(a, "the blob %s", digest_text(&desc->digest, text));
}

static int plan_any(struct push *p, const struct descriptor *desc, unsigned depth, struct diags *d);

static int plan_index(
	struct push *p, const struct manifest_text *t, unsigned depth, struct diags *d)
{
	struct descriptors all;
	if (depth > INDEX_DEPTH)
		return fail(d, KIND_INPUT, NULL, "its indexes nest deeper than %d", INDEX_DEPTH);
	if (index_parse(p->c->mem, called(p->c->mem, &t->desc), t->text, (size_t)t->desc.size, &all,
		    d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		if (!store_has(p->store, &one->digest))
			return fail(d, KIND_INPUT,
				"push the part that is there with --arch, or pull all: slipway image pull --arch all NAME",
				"the store has no part for %s of it",
				platform_text(p->c->mem, &one->platform));
		if (plan_any(p, one, depth + 1, d) < 0)
			return -1;
	}
	return 0;
}

static int plan_any(struct push *p, const struct descriptor *desc, unsigned depth, struct diags *d)
{
	struct manifest_text t;
	struct manifest m;
	vec_each (struct manifest_text, had, &p->texts)
		if (digest_equal(&had->desc.digest, &desc->digest))
			return 0;
	if (!media_is_index(desc->media_type) && !media_is_manifest(desc->media_type))
		return add_blob(p, desc, d);
	if (read_text(p, desc, &t, d) < 0)
		return -1;
	if (media_is_index(desc->media_type))
		return plan_index(p, &t, depth, d);
	if (manifest_parse(p->c->mem, called(p->c->mem, desc), t.text, (size_t)desc->size, &m, d) <
			0 ||
		add_blob(p, &m.config, d) < 0)
		return -1;
	vec_each (struct descriptor, l, &m.layers)
		if (add_blob(p, l, d) < 0)
			return -1;
	return 0;
}

/* What the index has about the part that goes alone. */
static int plan_about(struct push *p, const struct descriptor *index,
	const struct descriptor *chosen, struct diags *d)
{
	char *text;
	size_t len;
	struct descriptors all;
	if (store_blob_read(p->store, p->c->mem, index, MANIFEST_MAX, &text, &len, d) < 0 ||
		index_parse(p->c->mem, called(p->c->mem, index), text, len, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		struct manifest_text t = { .desc = *one };
		struct subject about;
		if (!subject_possible(one) || !store_has(p->store, &one->digest) ||
			digest_equal(&one->digest, &chosen->digest))
			continue;
		if (store_blob_read(p->store, p->c->mem, one, MANIFEST_MAX, &t.text, &len, d) < 0 ||
			subject_parse(p->c->mem, &t, &about, d) < 0)
			return -1;
		if (about.given && digest_equal(&about.digest, &chosen->digest) &&
			plan_any(p, one, 1, d) < 0)
			return -1;
	}
	return 0;
}

int push_plan(struct push *p, const char *name, struct diags *d)
{
	struct descriptor root;
	struct image image;
	if (store_resolve(p->store, p->c->mem, name, &root, d) < 0)
		return -1;
	if (!p->want)
		return plan_any(p, &root, 1, d);
	if (store_image(p->store, p->c->mem, name, p->want, &image, d) < 0 ||
		plan_any(p, &image.manifest, 1, d) < 0)
		return -1;
	return media_is_index(root.media_type) ? plan_about(p, &root, &image.manifest, d) : 0;
}
