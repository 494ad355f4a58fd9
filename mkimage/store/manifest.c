/* Descriptors, indexes and manifests (image-spec 1.1; Docker's schema 2 has the same shape). */
#include "mkimage/store/store_impl.h"

#include <string.h>

static const struct {
	const char *name;
	enum { MEDIA_INDEX, MEDIA_MANIFEST, MEDIA_CONFIG } kind;
} media_types[] = {
	{ "application/vnd.oci.image.index.v1+json", MEDIA_INDEX },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX },
	{ "application/vnd.oci.image.manifest.v1+json", MEDIA_MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST },
	{ "application/vnd.oci.image.config.v1+json", MEDIA_CONFIG },
	{ "application/vnd.docker.container.image.v1+json", MEDIA_CONFIG },
};

static bool media_is(const char *type, unsigned kind)
{
	for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
		if (media_types[i].kind == kind && strcmp(media_types[i].name, type) == 0)
			return true;
	return false;
}

bool media_is_index(const char *type)
{
	return media_is(type, MEDIA_INDEX);
}

bool media_is_manifest(const char *type)
{
	return media_is(type, MEDIA_MANIFEST);
}

bool media_is_image_config(const char *type)
{
	return media_is(type, MEDIA_CONFIG);
}

static int platform_read(struct json v, struct platform *out, struct diags *d)
{
	struct json p;
	if (json_object(v, "platform", &p, d) < 0)
		return -1;
	if (!p.val)
		return 0;
	if (json_need_str(p, "os", &out->os, d) < 0 ||
		json_need_str(p, "architecture", &out->arch, d) < 0)
		return -1;
	return json_str(p, "variant", &out->variant, d);
}

int descriptor_parse(struct json v, struct descriptor *out, struct diags *d)
{
	struct descriptor desc = { 0 };
	const char *digest;
	struct json notes;
	if (json_as_object(v, d) < 0 || json_need_str(v, "mediaType", &desc.media_type, d) < 0 ||
		json_need_str(v, "digest", &digest, d) < 0 ||
		json_need_u64(v, "size", &desc.size, d) < 0 ||
		platform_read(v, &desc.platform, d) < 0 ||
		json_str(v, "artifactType", &desc.artifact_type, d) < 0 ||
		json_object(v, "annotations", &notes, d) < 0 ||
		json_str(notes, "org.opencontainers.image.ref.name", &desc.name, d) < 0)
		return -1;
	if (digest_parse(digest, &desc.digest) < 0)
		return json_fail(v, "digest", d, "is no SHA-256 or SHA-512 digest: \"%s\"", digest);
	if (desc.size > INT64_MAX)
		return json_fail(v, "size", d, "is larger than any file");
	*out = desc;
	return 0;
}

static int descriptors_read(struct json list, size_t max, struct descriptors *out, struct diags *d)
{
	struct descriptors all = { 0 };
	struct json item;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct descriptor one;
		if (e.len > max)
			return json_fail(list, NULL, d, "has more than %zu entries", max);
		if (descriptor_parse(item, &one, d) < 0)
			return -1;
		vec_push(list.mem, &all, one);
	}
	*out = all;
	return 0;
}

/*
 * A text that is a manifest for one reader and an index for another would be two images under one
 * digest: members of the other kind are refused (CVE-2021-41190).
 */
static int refuse(struct json root, const char *kind, const char *const *keys, struct diags *d)
{
	for (; *keys; keys++)
		if (yyjson_obj_get(root.val, *keys))
			return json_fail(root, *keys, d, "does not belong into an image %s", kind);
	return 0;
}

static int head_check(struct json root, bool (*fits)(const char *), struct diags *d)
{
	uint64_t version;
	const char *media;
	if (json_as_object(root, d) < 0 || json_need_u64(root, "schemaVersion", &version, d) < 0 ||
		json_str(root, "mediaType", &media, d) < 0)
		return -1;
	if (version != 2)
		return json_fail(root, "schemaVersion", d, "is %llu, and only 2 is known",
			(unsigned long long)version);
	if (media && !fits(media))
		return json_fail(root, "mediaType", d,
			"is \"%s\", which is not what its descriptor says", media);
	return 0;
}

int index_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct descriptors *out, struct diags *d)
{
	static const char *const foreign[] = { "layers", "config", "fsLayers", NULL };
	struct json root, list;
	if (json_parse(a, what, text, len, &root, d) < 0 ||
		head_check(root, media_is_index, d) < 0 || refuse(root, "index", foreign, d) < 0 ||
		json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	return descriptors_read(list, MANIFESTS_MAX, out, d);
}

int manifest_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct manifest *out, struct diags *d)
{
	static const char *const foreign[] = { "manifests", "fsLayers", NULL };
	struct json root, config, layers;
	struct manifest m = { 0 };
	if (json_parse(a, what, text, len, &root, d) < 0 ||
		head_check(root, media_is_manifest, d) < 0 ||
		refuse(root, "manifest", foreign, d) < 0 ||
		json_need_object(root, "config", &config, d) < 0 ||
		descriptor_parse(config, &m.config, d) < 0 ||
		json_need_array(root, "layers", &layers, d) < 0 ||
		descriptors_read(layers, LAYERS_MAX, &m.layers, d) < 0)
		return -1;
	*out = m;
	return 0;
}
