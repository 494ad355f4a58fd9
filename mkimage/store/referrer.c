/* What refers to an image: manifests with a subject, listed in the index that the image is in. */
#include "mkimage/store/store_impl.h"

#include <string.h>

/* True when the text is a manifest of that type about that image; then *out is what it carries. */
static int referrer_read(struct arena *a, const char *text, size_t len, const struct image *i,
	const char *type, bool *fits, struct descriptor *out, struct diags *d)
{
	static const char what[] = "a manifest of the image's index";
	struct json root, subject;
	struct descriptor about;
	struct manifest m;
	const char *is = NULL;
	*fits = false;
	if (json_parse(a, what, text, len, &root, d) < 0 || json_as_object(root, d) < 0 ||
		json_str(root, "artifactType", &is, d) < 0 ||
		json_object(root, "subject", &subject, d) < 0)
		return -1;
	if (!subject.val || !is || strcmp(is, type) != 0)
		return 0;
	if (descriptor_parse(subject, &about, d) < 0)
		return -1;
	if (!digest_equal(&about.digest, &i->manifest.digest))
		return 0;
	if (manifest_parse(a, what, text, len, &m, d) < 0)
		return -1;
	*fits = m.layers.len > 0;
	if (*fits)
		*out = m.layers.items[0];
	return 0;
}

int store_referrers(struct store *s, struct arena *a, const struct image *i,
	const char *artifact_type, struct descriptors *out, struct diags *d)
{
	char *text;
	size_t len;
	struct descriptors all, found = { 0 };
	if (!media_is_index(i->index.media_type)) {
		*out = found;
		return 0;
	}
	if (store_blob_read(s, a, &i->index, MANIFEST_MAX, &text, &len, d) < 0 ||
		index_parse(a, "the image's index", text, len, &all, d) < 0)
		return -1;
	vec_each (struct descriptor, one, &all) {
		struct descriptor blob;
		bool fits;
		if (!media_is_manifest(one->media_type) || !store_has(s, &one->digest) ||
			digest_equal(&one->digest, &i->manifest.digest))
			continue;
		if (store_blob_read(s, a, one, MANIFEST_MAX, &text, &len, d) < 0 ||
			referrer_read(a, text, len, i, artifact_type, &fits, &blob, d) < 0)
			return -1;
		if (fits && store_has(s, &blob.digest))
			vec_push(a, &found, blob);
	}
	*out = found;
	return 0;
}
