/* Everything that a descriptor refers to, from a layout into the store, each byte checked. */
#include "mkimage/store/layout_read.h"

#include <string.h>

enum { BLOBS_MAX = 10000 }; /* of one import: bounds what a small hostile index can ask for */

struct copy {
	struct store *store;
	struct layout *from;
	const char *what;
	struct descriptors done; /* what one import meets twice is read once */
	struct strings missing;	 /* platforms that an index names and the layout does not have */
};

static int copy_any(struct copy *c, const struct descriptor *desc, unsigned depth, struct diags *d);

/* Is it here, or was it already? */
static int here(struct copy *c, const struct digest *g, struct diags *d)
{
	AUTO_PART p = { .fd = -EBADF };
	if (store_has(c->store, g))
		return 1;
	return layout_find_blob(c->from, g, &p, d);
}

static int size_wrong(struct copy *c, const struct descriptor *desc, uint64_t is, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
		"the blob %s in \"%s\" has %llu bytes, and its descriptor says %llu",
		digest_text(&desc->digest, text), c->from->path, (unsigned long long)is,
		(unsigned long long)desc->size);
}

/* The blob itself. One that the store has was checked when it came. */
static int copy_blob(struct copy *c, const struct descriptor *desc, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	AUTO_PART p = { .fd = -EBADF };
	struct digest got;
	uint64_t size;
	if (c->done.len == BLOBS_MAX)
		return fail(
			d, KIND_INPUT, NULL, "%s refers to more than %d blobs", c->what, BLOBS_MAX);
	struct descriptor done = *desc;
	done.media_type = arena_str(c->from->mem, desc->media_type);
	vec_push(c->from->mem, &c->done, done);
	if (store_has(c->store, &desc->digest)) {
		AUTO_FD fd = -EBADF;
		return store_blob_open(c->store, desc, &fd, d);
	}
	int rc = layout_find_blob(c->from, &desc->digest, &p, d);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return fail(d, KIND_INPUT, "copy the image again, whole",
			"%s is not whole: \"%s\" has no blob %s", c->what, c->from->path,
			digest_text(&desc->digest, text));
	if (p.size != desc->size)
		return size_wrong(c, desc, p.size, d);
	if (part_put(c->store, c->from, &p, &desc->digest, &got, &size, d) < 0)
		return fail_ctx(d, "copying the blob %s", digest_text(&desc->digest, text));
	return 0;
}

/* A manifest, index or config as text, its size and digest checked; not yet in the store. */
static int read_text(struct copy *c, struct arena *a, const struct descriptor *desc, size_t max,
	char **text, struct diags *d)
{
	char name[DIGEST_TEXT_SIZE];
	AUTO_PART p = { .fd = -EBADF };
	size_t len;
	int rc = layout_find_blob(c->from, &desc->digest, &p, d);
	if (rc < 0)
		return -1;
	if (rc == 0 && store_has(c->store, &desc->digest))
		return store_blob_read(c->store, a, desc, max, text, &len, d);
	digest_text(&desc->digest, name);
	if (rc == 0)
		return fail(d, KIND_INPUT, "copy the image again, whole",
			"%s is not whole: \"%s\" has no blob %s", c->what, c->from->path, name);
	if (p.size != desc->size)
		return size_wrong(c, desc, p.size, d);
	if (part_text(c->from, a, &p, arena_fmt(d->mem, "the blob %s", name), max, text, d) < 0)
		return -1;
	struct digest got;
	char is[DIGEST_TEXT_SIZE];
	digest_of(desc->digest.alg, *text, (size_t)desc->size, &got);
	if (!digest_equal(&got, &desc->digest))
		return fail(d, KIND_INTEGRITY, "get the image again from where it comes from",
			"the blob that \"%s\" calls %s is %s", c->from->path, name,
			digest_text(&got, is));
	return 0;
}

static const char *called(struct arena *a, const char *kind, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_fmt(a, "the %s %s", kind, digest_text(&desc->digest, text));
}

static int config_check(struct copy *c, struct arena *a, const struct manifest *m,
	const struct platform *said, struct diags *d)
{
	char *text;
	struct image_config config;
	if (!media_is_image_config(m->config.media_type))
		return 0; /* an artefact: nothing that we would run */
	if (read_text(c, a, &m->config, CONFIG_MAX, &text, d) < 0 ||
		image_config_parse(a, called(a, "image config", &m->config), text,
			(size_t)m->config.size, &config, d) < 0 ||
		platform_check(said, &config, c->what, d) < 0)
		return -1;
	if (config.diff_ids_len != m->layers.len)
		return fail(d, KIND_INPUT, NULL,
			"%s has %zu layers in its manifest, and %zu in its config", c->what,
			m->layers.len, config.diff_ids_len);
	return 0;
}

static int copy_manifest(struct copy *c, const struct descriptor *desc, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char *text;
	struct manifest m;
	if (read_text(c, a, desc, MANIFEST_MAX, &text, d) < 0 ||
		manifest_parse(a, called(a, "manifest", desc), text, (size_t)desc->size, &m, d) <
			0 ||
		config_check(c, a, &m, &desc->platform, d) < 0)
		return -1;
	vec_each (struct descriptor, l, &m.layers)
		if (copy_blob(c, l, d) < 0)
			return -1;
	/* The manifest comes after what it needs: in the store, it is whole. */
	return copy_blob(c, &m.config, d) < 0 ? -1 : copy_blob(c, desc, d);
}

/* 1: a manifest whose blobs are all here, or something else; 0: a part that was left out. */
static int whole(struct copy *c, const struct descriptor *desc, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char *text;
	struct manifest m;
	int rc = here(c, &desc->digest, d);
	if (rc <= 0 || !media_is_manifest(desc->media_type))
		return rc;
	if (read_text(c, a, desc, MANIFEST_MAX, &text, d) < 0 ||
		manifest_parse(a, called(a, "manifest", desc), text, (size_t)desc->size, &m, d) < 0)
		return -1;
	rc = here(c, &m.config.digest, d);
	vec_each (struct descriptor, l, &m.layers)
		if (rc > 0)
			rc = here(c, &l->digest, d);
	return rc;
}

static int copy_index(
	struct copy *c, const struct descriptor *desc, unsigned depth, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	char *text;
	struct descriptors all;
	size_t copied = 0;
	if (depth > INDEX_DEPTH)
		return fail(d, KIND_INPUT, NULL, "%s nests indexes deeper than %d", c->what,
			INDEX_DEPTH);
	if (read_text(c, a, desc, MANIFEST_MAX, &text, d) < 0 ||
		index_parse(a, called(a, "index", desc), text, (size_t)desc->size, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		int rc = whole(c, one, d);
		if (rc > 0 && copy_any(c, one, depth + 1, d) == 0) {
			copied++;
			continue;
		}
		if (rc)
			return -1;
		vec_push(c->from->mem, &c->missing, platform_text(c->from->mem, &one->platform));
	}
	if (!copied && all.len)
		return fail(d, KIND_INPUT, "copy the image again, whole",
			"%s is not whole: nothing that its index names is in \"%s\"", c->what,
			c->from->path);
	return copy_blob(c, desc, d);
}

static int copy_any(struct copy *c, const struct descriptor *desc, unsigned depth, struct diags *d)
{
	vec_each (struct descriptor, had, &c->done)
		if (digest_equal(&had->digest, &desc->digest) &&
			strcmp(had->media_type, desc->media_type) == 0)
			return 0;
	if (media_is_index(desc->media_type))
		return copy_index(c, desc, depth, d);
	if (media_is_manifest(desc->media_type))
		return copy_manifest(c, desc, d);
	return copy_blob(c, desc, d);
}

int import_copy(struct store *s, struct layout *l, const struct descriptor *desc, const char *what,
	struct diags *d)
{
	struct copy c = { .store = s, .from = l, .what = what };
	if (!media_is_index(desc->media_type) && !media_is_manifest(desc->media_type))
		return fail(d, KIND_INPUT, NULL,
			"%s has the media type \"%s\", which is no image's", what,
			desc->media_type);
	if (copy_any(&c, desc, 1, d) < 0)
		return fail_ctx(d, "importing %s", what);
	if (c.missing.len)
		warn_at(d, (struct pos){ 0 }, "copy it with all its platforms if you need them",
			"%s is only partly in \"%s\": not there is %s", what, l->path,
			strings_join(l->mem, &c.missing, ", "));
	return 0;
}
