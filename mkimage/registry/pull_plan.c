/* What a pull has to get: a walk through indexes and manifests, everything checked on the way. */
#include "mkimage/registry/pull_impl.h"

#include "mkimage/registry/subject.h"
#include "base/fd.h"

#include <string.h>

enum { BLOBS_MAX = 10000, TEXTS_MAX = 1000, ABOUT_MAX = 64 };

static const char *called(struct arena *a, const char *kind, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_fmt(a, "the %s %s", kind, digest_text(g, text));
}

int pull_text_of(
	struct pull *p, const struct descriptor *desc, struct manifest_text *out, struct diags *d)
{
	char ref[DIGEST_TEXT_SIZE];
	const struct endpoints *from;
	size_t len;
	if (store_has(p->store, &desc->digest)) {
		*out = (struct manifest_text){ .desc = *desc };
		return store_blob_read(
			p->store, p->c->mem, desc, MANIFEST_MAX, &out->text, &len, d);
	}
	if (pull_from(p, &from, d) < 0 || manifest_get(p->c, from, digest_text(&desc->digest, ref),
						  &desc->digest, out, d) < 0)
		return -1;
	if (out->desc.size != desc->size)
		return fail(d, KIND_INTEGRITY, NULL, "%s has %llu bytes, and its index says %llu",
			called(p->c->mem, "manifest", &desc->digest),
			(unsigned long long)out->desc.size, (unsigned long long)desc->size);
	/* What the index says and what the registry's header says must not differ. */
	if (strcmp(out->desc.media_type, desc->media_type) != 0)
		return fail(d, KIND_INPUT, NULL, "%s comes as \"%s\", and its index says \"%s\"",
			called(p->c->mem, "manifest", &desc->digest), out->desc.media_type,
			desc->media_type);
	p->bytes += desc->size;
	return 0;
}

static int want_blob(struct pull *p, const struct descriptor *desc, struct diags *d)
{
	vec_each (struct descriptor, had, &p->blobs)
		if (digest_equal(&had->digest, &desc->digest)) {
			if (had->size == desc->size)
				return 0;
			return fail(d, KIND_INPUT, NULL, "%s has two sizes in one image",
				called(p->c->mem, "blob", &desc->digest));
		}
	if (store_has(p->store, &desc->digest)) {
		AUTO_FD fd = -EBADF;
		return store_blob_open(p->store, desc, &fd, d);
	}
	if (p->blobs.len == BLOBS_MAX)
		return fail(d, KIND_INPUT, NULL, "it refers to more than %d blobs", BLOBS_MAX);
	if (desc->size > BLOB_SIZE_MAX)
		return fail(d, KIND_INPUT, NULL, "%s has %llu bytes, and at most %llu are allowed",
			called(p->c->mem, "blob", &desc->digest), (unsigned long long)desc->size,
			(unsigned long long)BLOB_SIZE_MAX);
	vec_push(p->c->mem, &p->blobs, *desc);
	return 0;
}

static int want_config(
	struct pull *p, const struct manifest *m, const struct platform *said, struct diags *d)
{
	struct manifest_text t = { .desc = m->config };
	struct image_config config;
	size_t len = (size_t)m->config.size;
	int rc;
	if (!media_is_image_config(m->config.media_type))
		return want_blob(p, &m->config, d); /* an artefact: nothing that we would run */
	const struct endpoints *from;
	bool here = store_has(p->store, &m->config.digest);
	if (here)
		rc = store_blob_read(p->store, p->c->mem, &m->config, CONFIG_MAX, &t.text, &len, d);
	else if ((rc = pull_from(p, &from, d)) == 0)
		rc = blob_get_text(p->c, from, &m->config, CONFIG_MAX, &t.text, d);
	if (rc < 0)
		return -1;
	if (image_config_parse(p->c->mem, called(p->c->mem, "image config", &m->config.digest),
		    t.text, len, &config, d) < 0 ||
		platform_check(said, &config, "the image", d) < 0)
		return -1;
	if (config.diff_ids_len != m->layers.len)
		return fail(d, KIND_INPUT, NULL,
			"it has %zu layers in its manifest, and %zu in its config", m->layers.len,
			config.diff_ids_len);
	if (!here) {
		vec_push(p->c->mem, &p->configs, t);
		p->bytes += len;
	}
	return 0;
}

static int add_text(struct pull *p, const struct manifest_text *t, struct diags *d)
{
	if (p->texts.len == TEXTS_MAX)
		return fail(
			d, KIND_INPUT, NULL, "its indexes name more than %d manifests", TEXTS_MAX);
	vec_push(p->c->mem, &p->texts, *t);
	return 0;
}

/* said: what its index says that it is for, or NULL. */
static int plan_manifest(
	struct pull *p, const struct manifest_text *t, const struct platform *said, struct diags *d)
{
	struct manifest m;
	if (add_text(p, t, d) < 0 ||
		manifest_parse(p->c->mem, called(p->c->mem, "manifest", &t->desc.digest), t->text,
			(size_t)t->desc.size, &m, d) < 0 ||
		want_config(p, &m, said, d) < 0)
		return -1;
	vec_each (struct descriptor, l, &m.layers)
		if (want_blob(p, l, d) < 0)
			return -1;
	return 0;
}

int pull_plan_manifest(struct pull *p, const struct manifest_text *t, struct diags *d)
{
	return plan_manifest(p, t, NULL, d);
}

static int plan_index(
	struct pull *p, const struct manifest_text *t, unsigned depth, struct diags *d);

static int plan_entry(struct pull *p, const struct descriptor *one, unsigned depth, struct diags *d)
{
	struct manifest_text t;
	vec_each (struct manifest_text, had, &p->texts)
		if (digest_equal(&had->desc.digest, &one->digest))
			return 0;
	if (pull_text_of(p, one, &t, d) < 0)
		return -1;
	return media_is_index(one->media_type) ? plan_index(p, &t, depth + 1, d)
					       : plan_manifest(p, &t, &one->platform, d);
}

/* The best entry for the wanted platform; those that say none are all taken, to be judged later. */
static const struct descriptor *best_of(struct pull *p, const struct descriptors *all)
{
	const struct descriptor *best = NULL;
	unsigned score = 0;
	vec_each (struct descriptor, one, all) {
		if (!one->platform.os || !media_is_manifest(one->media_type))
			continue;
		if (strcmp(one->platform.os, "unknown") != 0)
			vec_push(
				p->c->mem, &p->platforms, platform_text(p->c->mem, &one->platform));
		unsigned is = platform_match(p->want, &one->platform);
		if (is > score) {
			score = is;
			best = one;
		}
	}
	return best;
}

/* Entries that are about the chosen one: its SBOM. */
static int plan_about(struct pull *p, const struct descriptors *all,
	const struct descriptor *chosen, struct diags *d)
{
	unsigned looked = 0;
	vec_each (struct descriptor, one, all) {
		struct manifest_text t;
		struct subject about;
		if (one == chosen || !subject_possible(one))
			continue;
		if (looked++ == ABOUT_MAX)
			return 0;
		if (pull_text_of(p, one, &t, d) < 0 || subject_parse(p->c->mem, &t, &about, d) < 0)
			return -1;
		if (about.given && digest_equal(&about.digest, &chosen->digest) &&
			pull_plan_manifest(p, &t, d) < 0)
			return -1;
	}
	return 0;
}

static int plan_index(
	struct pull *p, const struct manifest_text *t, unsigned depth, struct diags *d)
{
	struct descriptors all;
	if (depth > INDEX_DEPTH)
		return fail(d, KIND_INPUT, NULL, "its indexes nest deeper than %d", INDEX_DEPTH);
	if (add_text(p, t, d) < 0 ||
		index_parse(p->c->mem, called(p->c->mem, "index", &t->desc.digest), t->text,
			(size_t)t->desc.size, &all, d) < 0)
		return -1;
	if (all.len > TEXTS_MAX)
		return fail(
			d, KIND_INPUT, NULL, "its index names more than %d manifests", TEXTS_MAX);
	const struct descriptor *best = p->want ? best_of(p, &all) : NULL;
	if (best)
		return plan_entry(p, best, depth, d) < 0 ? -1 : plan_about(p, &all, best, d);
	vec_each (struct descriptor, one, &all) {
		bool index = media_is_index(one->media_type);
		if (!index && !media_is_manifest(one->media_type))
			continue;
		if (p->want && !index && one->platform.os)
			continue;
		if (plan_entry(p, one, depth, d) < 0)
			return -1;
	}
	return 0;
}

int pull_plan(struct pull *p, const struct manifest_text *root, struct diags *d)
{
	return media_is_index(root->desc.media_type) ? plan_index(p, root, 1, d)
						     : plan_manifest(p, root, NULL, d);
}
