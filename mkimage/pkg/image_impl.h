/* Writing an image: config, manifest, and the index that names point to. */
#ifndef PKG_IMAGE_IMPL_H
#define PKG_IMAGE_IMPL_H

#include "base/json.h"
#include "mkimage/pkg/pkg_impl.h"

/* All layers, the base's first. */
struct image_parts {
	struct descriptor *layers;
	struct digest *diff_ids;
	size_t len;
};

void image_descriptor(yyjson_mut_doc *doc, yyjson_mut_val *to, const struct descriptor *desc);
CHECK int image_doc_put(struct store *s, struct arena *a, yyjson_mut_doc *doc, const char *type,
	struct descriptor *out, struct diags *d);
/*
 * Points the name to an index with the entries of one platform, the image first, and those that are
 * there for others. What has an artifact_type refers to an image.
 */
CHECK int image_name_set(struct store *s, struct arena *a, const char *ref,
	const struct descriptor *entries, size_t len, struct diags *d);
CHECK int image_config_text(struct pkg_build *b, const struct image_parts *parts, const char **out,
	size_t *len, struct diags *d);

#endif
