/*
 * A name points to an index (image-spec image-index.md) with a manifest for each platform that was
 * built, and what refers to each; what is there for other platforms stays.
 */
#include "base/fd.h"
#include "mkimage/pkg/image_impl.h"
#include "mkimage/store/oci.h"

#include <string.h>

enum { INDEX_MAX = 1 << 20 };

static const char index_type[] = "application/vnd.oci.image.index.v1+json";

static int named(struct store *s, struct arena *a, const char *ref, struct descriptor *out,
	bool *found, struct diags *d)
{
	struct descriptors all = { 0 };
	const char *full, *why;
	*found = false;
	if (reference_normalise(a, ref, &full, &why) < 0)
		return fail(d, KIND_BUG, NULL, "\"%s\" is no image name: %s", ref, why);
	if (store_list(s, a, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, x, &all)
		if (x->name && strcmp(x->name, full) == 0) {
			*out = *x;
			*found = true;
		}
	return 0;
}

/* All entries of what ref points to now. */
static int entries_read(
	struct store *s, struct arena *a, const char *ref, struct descriptors *out, struct diags *d)
{
	struct descriptor now;
	bool found;
	char *text;
	size_t len;
	struct descriptors all;
	if (named(s, a, ref, &now, &found, d) < 0)
		return -1;
	if (!found || strcmp(now.media_type, index_type) != 0)
		return 0;
	if (store_blob_read(s, a, &now, INDEX_MAX, &text, &len, d) < 0 ||
		index_parse(a, arena_fmt(a, "the index of \"%s\"", ref), text, len, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all)
		if (store_has(s, &one->digest))
			vec_push(a, out, *one);
	return 0;
}

static bool same_platform(const struct platform *x, const struct platform *y)
{
	return x->os && strcmp(x->os, y->os) == 0 && strcmp(x->arch, y->arch) == 0;
}

/* Is the referrer about one of the kept manifests? */
static int refers(struct store *s, struct arena *a, const struct descriptor *e,
	const struct descriptors *kept, bool *out, struct diags *d)
{
	char *text;
	size_t len;
	struct json root, subject;
	const char *digest;
	struct digest g;
	*out = false;
	if (store_blob_read(s, a, e, INDEX_MAX, &text, &len, d) < 0 ||
		json_parse(a, "a manifest of the index", text, len, &root, d) < 0 ||
		json_need_object(root, "subject", &subject, d) < 0 ||
		json_need_str(subject, "digest", &digest, d) < 0)
		return -1;
	if (digest_parse(digest, &g) < 0)
		return 0;
	for (size_t i = 0; i < kept->len; i++)
		*out |= digest_equal(&g, &kept->items[i].digest);
	return 0;
}

/* The entries for other platforms, and what refers to them. */
static int others_read(struct store *s, struct arena *a, const char *ref,
	const struct platform *own, struct descriptors *out, struct diags *d)
{
	struct descriptors all = { 0 };
	if (entries_read(s, a, ref, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, e, &all)
		if (!e->artifact_type && !same_platform(&e->platform, own))
			vec_push(a, out, *e);
	vec_each (struct descriptor, e, &all) {
		bool about = false;
		if (e->artifact_type && refers(s, a, e, out, &about, d) < 0)
			return -1;
		if (about)
			vec_push(a, out, *e);
	}
	return 0;
}

/* Images before what refers to them. */
static int by_platform(const void *x, const void *y)
{
	const struct descriptor *a = x, *b = y;
	const char *p = a->platform.arch, *q = b->platform.arch;
	int c = !!a->artifact_type - !!b->artifact_type;
	c = c ? c : strcmp(p ? p : "", q ? q : "");
	return c ? c : memcmp(a->digest.bytes, b->digest.bytes, sizeof(a->digest.bytes));
}

int image_name_set(struct store *s, struct arena *a, const char *ref,
	const struct descriptor *entries, size_t len, struct diags *d)
{
	struct descriptors all = { 0 };
	struct descriptor index;
	const char *full, *why;
	AUTO_FD lock = -EBADF; /* another build may be adding its architecture */
	if (store_names_lock(s, &lock, d) < 0 ||
		others_read(s, a, ref, &entries[0].platform, &all, d) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		vec_push(a, &all, entries[i]);
	qsort(all.items, all.len, sizeof(*all.items), by_platform);
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_str(doc, root, "mediaType", index_type);
	yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "manifests");
	vec_each (struct descriptor, x, &all) {
		yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, list);
		image_descriptor(doc, one, x);
		if (x->artifact_type)
			yyjson_mut_obj_add_strcpy(doc, one, "artifactType", x->artifact_type);
	}
	if (image_doc_put(s, a, doc, index_type, &index, d) < 0)
		return -1;
	if (reference_normalise(a, ref, &full, &why) < 0)
		return fail(d, KIND_BUG, NULL, "\"%s\" is no image name: %s", ref, why);
	return store_tag(s, full, &index, d);
}

static int is_latest(struct store *s, struct arena *a, const char *ref, const char *latest,
	struct descriptor *newest, bool *is, struct diags *d)
{
	struct descriptor now;
	bool found, had;
	if (named(s, a, ref, newest, &found, d) < 0 || named(s, a, latest, &now, &had, d) < 0)
		return -1;
	if (!found)
		return fail(d, KIND_SYSTEM, "build it again",
			"the image \"%s\" was removed while it was named", ref);
	*is = had && digest_equal(&now.digest, &newest->digest);
	return 0;
}

int pkg_latest(struct store *s, struct arena *a, const char *ref, const char *name, struct diags *d)
{
	struct descriptor newest;
	const char *latest = arena_fmt(a, "slipway/%s:latest", name);
	bool done;
	AUTO_FD lock = -EBADF;
	if (is_latest(s, a, ref, latest, &newest, &done, d) < 0)
		return -1;
	if (done) /* a store that cannot be written to may be built from */
		return 0;
	if (store_names_lock(s, &lock, d) < 0 ||
		is_latest(s, a, ref, latest, &newest, &done, d) < 0)
		return -1;
	return done ? 0 : store_tag(s, latest, &newest, d);
}
