/*
 * The texts of image-spec 1.1, parsed and checked: manifests, indexes, configs, descriptors; and
 * what names and platforms are made of. For the store itself, and for what brings images into it.
 */
#ifndef STORE_OCI_H
#define STORE_OCI_H

#include "base/json.h"
#include "mkimage/store/store.h"

/* Registries commonly refuse manifests above 4 MiB; indexes of many platforms stay far below too.
 */
enum {
	MANIFEST_MAX = 4 << 20,
	CONFIG_MAX = 8 << 20,
	LAYERS_MAX = 1000,
	MANIFESTS_MAX = 4096, /* in one index */
	INDEX_DEPTH = 4	      /* indexes within indexes */
};

/* text is a blob that was checked against its digest. */
CHECK int descriptor_parse(struct json v, struct descriptor *out, struct diags *d);
/* The descriptors of an image index or manifest list. */
CHECK int index_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct descriptors *out, struct diags *d);
struct manifest {
	struct descriptor config;
	struct descriptors layers;
};
CHECK int manifest_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct manifest *out, struct diags *d);
CHECK int image_config_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct image_config *out, struct diags *d);
bool media_is_index(const char *media_type);
bool media_is_manifest(const char *media_type);
/* A config that describes a container image; others are artefacts. */
bool media_is_image_config(const char *media_type);

/* 0: does not fit; else the higher the better. */
unsigned platform_match(const struct platform *want, const struct platform *have);
/* An image's config against what its index says: fails when they name other systems or
 * architectures. said may be NULL; what one of them leaves out is no lie. */
CHECK int platform_check(const struct platform *said, const struct image_config *c,
	const char *what, struct diags *d);
const char *platform_text(struct arena *a, const struct platform *p);

/* Parts of a normalised reference. tag and digest: "" when there is none. */
struct reference {
	const char *repository, *tag, *digest;
};
void reference_split(struct arena *a, const char *full, struct reference *out);
/* As people write it: without docker.io/library/. */
const char *reference_short(const char *full);

#endif
