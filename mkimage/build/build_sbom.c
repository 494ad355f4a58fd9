/* The bill of materials of a machine: the documents of all its images, joined. */
#include "mkimage/build/build_impl.h"

#include "mkimage/sbom/sbom.h"

#include <string.h>

/* An image that says nothing of itself, or in a document that is not ours. */
static const char *bare_add(
	struct build *b, struct sbom *s, const char *machine, const struct image *i)
{
	char digest[DIGEST_TEXT_SIZE];
	const char *sum = arena_str(b->mem, digest_hex(&i->manifest.digest, digest));
	struct sbom_package p = { .name = i->name,
		.sha256 = i->manifest.digest.alg == DIGEST_SHA256 ? sum : NULL,
		.purpose = "CONTAINER" };
	p.id = sbom_id(b->mem, "image", i->name, sum);
	vec_push(s->mem, &s->packages, p);
	sbom_relate(s, machine, "CONTAINS", p.id);
	return p.id;
}

/* Text of a document about the image: an error when it says that it is ours, else a warning. */
static int document_add(struct build *b, struct sbom *s, const char *machine, const struct image *i,
	const struct descriptor *blob, const char **bare, struct diags *d)
{
	struct sbom_document doc = { 0 };
	struct diags quiet;
	char *text;
	size_t len;
	const char *what = arena_fmt(b->mem, "the bill of materials of \"%s\"", i->name);
	diags_init(&quiet, b->mem);
	if (blob->size > SBOM_MAX)
		return 0;
	if (store_blob_read(b->store, b->mem, blob, SBOM_MAX, &text, &len, d) < 0)
		return -1;
	if (sbom_read(s, what, text, len, &doc, &quiet) < 0 && !doc.own) {
		warn_at(d, (struct pos){ 0 }, NULL, "it is left out: %s", quiet.first->what);
		return 0;
	}
	if (doc.own) {
		if (!doc.roots.len) /* once more, for its error */
			return sbom_read(s, what, text, len, &doc, d);
		sbom_relate(s, machine, "CONTAINS", doc.roots.items[0]);
		return 0;
	}
	if (!*bare)
		*bare = bare_add(b, s, machine, i);
	vec_each (const char *, root, &doc.roots)
		sbom_relate(s, *bare, "CONTAINS", *root);
	return 0;
}

/* Of an image that a lock holds, the documents that the lock names: no more, and no less. */
static int as_locked(struct build *b, const struct image *i, struct referrers *all, struct diags *d)
{
	const struct plan_pin *pin = plan_pin_of(b->plan, i->name);
	char text[DIGEST_TEXT_SIZE];
	struct referrers kept = { 0 };
	if (!pin)
		return 0;
	vec_each (const char *, want, &pin->sboms) {
		size_t before = kept.len;
		vec_each (struct referrer, r, all)
			if (strcmp(digest_text(&r->manifest.digest, text), *want) == 0)
				vec_push(b->mem, &kept, *r);
		if (kept.len == before)
			return fail(d, KIND_INTEGRITY,
				arena_fmt(d->mem,
					"`slipway image pull --referrers %s` may bring it; --no-sbom does without",
					i->name),
				"the lock says that the image \"%s\" has the bill of materials %s, which the store lacks",
				i->name, *want);
	}
	*all = kept;
	return 0;
}

/* What documents say of an image that was built or pulled with some; else the image alone. */
static int image_add(struct build *b, struct sbom *s, const char *machine, const struct image *i,
	struct diags *d)
{
	struct referrers all;
	const char *bare = NULL;
	if (!i)
		return 0;
	if (store_referrers(b->store, b->mem, i, SBOM_TYPE, &all, d) < 0 ||
		as_locked(b, i, &all, d) < 0)
		return -1;
	size_t before = s->relations.len;
	vec_each (struct referrer, r, &all)
		if (document_add(b, s, machine, i, &r->blob, &bare, d) < 0)
			return -1;
	if (s->relations.len == before)
		(void)bare_add(b, s, machine, i);
	return 0;
}

static int images_add(struct build *b, struct sbom *s, const char *machine, struct diags *d)
{
	const struct plan *p = b->plan;
	if (image_add(b, s, machine, p->kernel, d) < 0)
		return -1;
	for (size_t i = 0; i < p->init_len; i++)
		if (image_add(b, s, machine, p->init[i], d) < 0)
			return -1;
	for (size_t i = 0; i < p->volumes_len; i++)
		if (image_add(b, s, machine, p->volumes[i].image, d) < 0)
			return -1;
	for (size_t i = 0; i < p->services_len; i++)
		if (image_add(b, s, machine, p->services[i].image, d) < 0)
			return -1;
	return 0;
}

/* All images, so that a machine's identifier says which they are. */
static const char *machine_id(struct build *b)
{
	const struct plan *p = b->plan;
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	char text[DIGEST_TEXT_SIZE];
	struct digest g;
	if (p->kernel)
		hasher_add(h, &p->kernel->manifest.digest, sizeof(struct digest));
	for (size_t i = 0; i < p->init_len; i++)
		hasher_add(h, &p->init[i]->manifest.digest, sizeof(struct digest));
	for (size_t i = 0; i < p->services_len; i++)
		hasher_add(h, &p->services[i].image->manifest.digest, sizeof(struct digest));
	hasher_take(h, &g);
	return sbom_id(b->mem, "machine", p->platform.arch, digest_hex(&g, text));
}

int artefact_sbom(struct build *b, const char **text, size_t *len, struct diags *d)
{
	struct sbom *s = sbom_new(b->mem);
	struct sbom_package machine = {
		.id = machine_id(b), .name = "machine", .purpose = "OPERATING-SYSTEM"
	};
	if (!b->sbom) {
		vec_push(s->mem, &s->packages, machine);
		if (images_add(b, s, machine.id, d) < 0)
			return fail_ctx(d, "joining the bills of materials");
		b->sbom = sbom_write(s, "machine", machine.id, b->plan->epoch, &b->sbom_len);
	}
	*text = b->sbom;
	*len = b->sbom_len;
	return 0;
}

int build_sbom(struct build *b, struct diags *d)
{
	struct origin from = { "slipway.sbom", "sbom" };
	const char *text;
	size_t len;
	if (!b->plan->slipway_init || b->no_sbom)
		return 0;
	if (artefact_sbom(b, &text, &len, d) < 0)
		return -1;
	return put_file(b, b->tree, b->tree->root, SBOM_PATH, text, len, 0644, from, d);
}
