/*
 * What refers to an image: manifests with a subject (image-spec 1.1 manifest.md). They are listed
 * in an index beside the image, or, when a registry kept them apart, in index.json without a name.
 */
#include "mkimage/store/store_impl.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MAX = 10000 };

struct look {
	struct store *store;
	struct arena *mem;
	const struct image *image;
	const char *type;
	unsigned looked;
	struct referrers found;
};

/* True when the text is a manifest of that type about that image; then *out is what it carries. */
static int referrer_read(struct look *l, const char *text, size_t len, bool *fits,
	struct descriptor *out, struct diags *d)
{
	static const char what[] = "a manifest that may refer to the image";
	struct json root, subject;
	struct descriptor about;
	struct manifest m;
	const char *is = NULL;
	*fits = false;
	if (json_parse(l->mem, what, text, len, &root, d) < 0 || json_as_object(root, d) < 0 ||
		json_str(root, "artifactType", &is, d) < 0 ||
		json_object(root, "subject", &subject, d) < 0)
		return -1;
	if (!subject.val || !is || strcmp(is, l->type) != 0)
		return 0;
	if (descriptor_parse(subject, &about, d) < 0)
		return -1;
	if (!digest_equal(&about.digest, &l->image->manifest.digest))
		return 0;
	if (manifest_parse(l->mem, what, text, len, &m, d) < 0)
		return -1;
	*fits = m.layers.len > 0;
	if (*fits)
		*out = m.layers.items[0];
	return 0;
}

static bool found_already(const struct look *l, const struct digest *g)
{
	vec_each (struct referrer, r, &l->found)
		if (digest_equal(&r->manifest.digest, g))
			return true;
	return false;
}

/* Of a platform that runs something, it is an image itself. */
static bool possible(const struct descriptor *one)
{
	return media_is_manifest(one->media_type) &&
	       (!one->platform.os || strcmp(one->platform.os, "unknown") == 0);
}

static int look_at(struct look *l, const struct descriptor *one, struct diags *d)
{
	struct referrer r = { .manifest = *one };
	char *text;
	size_t len;
	bool fits;
	if (l->looked >= LOOK_MAX || !possible(one) ||
		digest_equal(&one->digest, &l->image->manifest.digest) ||
		found_already(l, &one->digest) || !store_has(l->store, &one->digest))
		return 0;
	l->looked++;
	if (store_blob_read(l->store, l->mem, one, MANIFEST_MAX, &text, &len, d) < 0 ||
		referrer_read(l, text, len, &fits, &r.blob, d) < 0)
		return -1;
	if (fits && store_has(l->store, &r.blob.digest))
		vec_push(l->mem, &l->found, r);
	return 0;
}

static int look_into(struct look *l, const struct descriptor *index, struct diags *d)
{
	char *text;
	size_t len;
	struct descriptors all;
	l->looked++;
	if (store_blob_read(l->store, l->mem, index, MANIFEST_MAX, &text, &len, d) < 0 ||
		index_parse(l->mem, "an index of the store", text, len, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all)
		if (look_at(l, one, d) < 0)
			return -1;
	return 0;
}

/* Everything that index.json lists. What is damaged there is another image's trouble. */
static int look_around(struct look *l, struct diags *d)
{
	struct descriptors all;
	if (store_list(l->store, l->mem, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		struct diags unheard;
		diags_init(&unheard, l->mem);
		if (media_is_index(one->media_type) && l->looked < LOOK_MAX &&
			store_has(l->store, &one->digest))
			(void)!look_into(l, one, &unheard);
		else if (!one->name)
			(void)!look_at(l, one, &unheard);
	}
	return 0;
}

static int by_digest(const void *x, const void *y)
{
	const struct referrer *a = x, *b = y;
	return memcmp(a->manifest.digest.bytes, b->manifest.digest.bytes,
		sizeof(a->manifest.digest.bytes));
}

int store_referrers(struct store *s, struct arena *a, const struct image *i,
	const char *artifact_type, struct referrers *out, struct diags *d)
{
	struct look l = { .store = s, .mem = a, .image = i, .type = artifact_type };
	if (media_is_index(i->index.media_type) && look_into(&l, &i->index, d) < 0)
		return -1;
	if (!l.found.len && look_around(&l, d) < 0)
		return -1;
	if (l.found.len)
		qsort(l.found.items, l.found.len, sizeof(*l.found.items), by_digest);
	*out = l.found;
	return 0;
}
