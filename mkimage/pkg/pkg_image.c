/* Into the store: layer, config, manifest, and the bill of materials that refers to it. */
#include "mkimage/pkg/image_impl.h"
#include "mkimage/pkg/pkg_sbom.h"

#include <string.h>

static const char manifest_type[] = "application/vnd.oci.image.manifest.v1+json";
static const char config_type[] = "application/vnd.oci.image.config.v1+json";

void image_descriptor(yyjson_mut_doc *doc, yyjson_mut_val *to, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	yyjson_mut_obj_add_strcpy(doc, to, "mediaType", desc->media_type);
	yyjson_mut_obj_add_strcpy(doc, to, "digest", digest_text(&desc->digest, text));
	yyjson_mut_obj_add_uint(doc, to, "size", desc->size);
	if (!desc->platform.os)
		return;
	yyjson_mut_val *p = yyjson_mut_obj(doc);
	yyjson_mut_obj_add_strcpy(doc, p, "architecture", desc->platform.arch);
	yyjson_mut_obj_add_strcpy(doc, p, "os", desc->platform.os);
	if (desc->platform.variant)
		yyjson_mut_obj_add_strcpy(doc, p, "variant", desc->platform.variant);
	yyjson_mut_obj_add_val(doc, to, "platform", p);
}

int image_doc_put(struct store *s, struct arena *a, yyjson_mut_doc *doc, const char *type,
	struct descriptor *out, struct diags *d)
{
	size_t len;
	const char *text = json_write(a, doc, 0, &len);
	*out = (struct descriptor){ .media_type = type, .size = len };
	return store_blob_put(s, text, len, &out->digest, d);
}

static int parts_collect(struct pkg_build *b, struct image_parts *out, struct diags *d)
{
	size_t below = b->base ? b->base->layers.len : 0;
	struct image_parts p = { .len = below };
	p.layers = arena_array(b->mem, below + 1, sizeof(*p.layers));
	p.diff_ids = arena_array(b->mem, below + 1, sizeof(*p.diff_ids));
	for (size_t i = 0; i < below; i++) {
		p.layers[i] = b->base->layers.items[i];
		p.diff_ids[i] = b->base->config.diff_ids[i];
	}
	if (b->tree->root->len || !below) {
		if (layer_write(b->store, b->tree, &p.layers[below], &p.diff_ids[below], d) < 0)
			return -1;
		p.len++;
	}
	*out = p;
	return 0;
}

static int manifest_put(struct pkg_build *b, struct descriptor *out, struct diags *d)
{
	struct image_parts parts;
	struct descriptor config = { .media_type = config_type };
	const char *text;
	size_t len;
	if (parts_collect(b, &parts, d) < 0 || image_config_text(b, &parts, &text, &len, d) < 0 ||
		store_blob_put(b->store, text, len, &config.digest, d) < 0)
		return -1;
	config.size = len;
	yyjson_mut_doc *doc = json_new(b->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_strcpy(doc, root, "mediaType", manifest_type);
	yyjson_mut_val *one = yyjson_mut_obj(doc), *layers = yyjson_mut_arr(doc);
	image_descriptor(doc, one, &config);
	yyjson_mut_obj_add_val(doc, root, "config", one);
	for (size_t i = 0; i < parts.len; i++) {
		yyjson_mut_val *l = yyjson_mut_obj(doc);
		image_descriptor(doc, l, &parts.layers[i]);
		yyjson_mut_arr_append(layers, l);
	}
	yyjson_mut_obj_add_val(doc, root, "layers", layers);
	if (image_doc_put(b->store, b->mem, doc, manifest_type, out, d) < 0)
		return -1;
	out->platform = b->options->platform;
	return 0;
}

/*
 * The bill of materials refers to the image (image-spec 1.1, "Guidelines for Artifact Usage"): its
 * config is the empty descriptor.
 */
static int bom_put(struct pkg_build *b, const char *ref, const struct descriptor *image,
	struct descriptor *out, struct diags *d)
{
	static const char empty[] = "{}";
	struct descriptor config = { .media_type = "application/vnd.oci.empty.v1+json", .size = 2 };
	struct descriptor layer = { .media_type = SBOM_TYPE }, subject = *image;
	const char *text = bom_text(b, ref, image, &layer.size);
	if (store_blob_put(b->store, text, layer.size, &layer.digest, d) < 0 ||
		store_blob_put(b->store, empty, config.size, &config.digest, d) < 0)
		return -1;
	yyjson_mut_doc *doc = json_new(b->mem);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_str(doc, root, "mediaType", manifest_type);
	yyjson_mut_obj_add_str(doc, root, "artifactType", SBOM_TYPE);
	image_descriptor(doc, yyjson_mut_obj_add_obj(doc, root, "config"), &config);
	yyjson_mut_val *layers = yyjson_mut_obj_add_arr(doc, root, "layers");
	image_descriptor(doc, yyjson_mut_arr_add_obj(doc, layers), &layer);
	subject.platform.os = NULL;
	image_descriptor(doc, yyjson_mut_obj_add_obj(doc, root, "subject"), &subject);
	return image_doc_put(b->store, b->mem, doc, manifest_type, out, d);
}

int pkg_image(struct pkg_build *b, const char *ref, struct diags *d)
{
	struct descriptor entries[2] = { 0 };
	if (manifest_put(b, &entries[0], d) < 0 || bom_put(b, ref, &entries[0], &entries[1], d) < 0)
		return -1;
	entries[1].artifact_type = SBOM_TYPE;
	/* For readers that choose by platform, and look no further. */
	entries[1].platform = (struct platform){ .os = "unknown", .arch = "unknown" };
	return image_name_set(b->store, b->mem, ref, entries, ARRAY_LEN(entries), d);
}
