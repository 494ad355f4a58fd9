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

CHECK int image_config_text(struct pkg_build *b, const struct image_parts *parts, const char **out,
	size_t *len, struct diags *d);

#endif
