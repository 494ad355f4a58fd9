/* The tars of `docker save` before Docker 25 (moby image/spec v1.2): an OCI manifest is made for
 * each image. */
#include "mkimage/store/decode.h"
#include "mkimage/store/layout_read.h"

#include <string.h>

static int missing(struct layout *l, const char *name, struct diags *d)
{
	return fail(d, KIND_INPUT, "save the image again", "\"%s\" is not whole: it has no \"%s\"",
		l->path, name);
}

static int config_put(struct store *s, struct layout *l, const char *name,
	struct image_config *config, struct descriptor *out, struct diags *d)
{
	char *text;
	size_t len;
	if (layout_text(l, name, CONFIG_MAX, &text, &len, d) < 0 ||
		image_config_parse(l->mem,
			arena_fmt(l->mem, "the file \"%s\" in \"%s\"", name, l->path), text, len,
			config, d) < 0)
		return -1;
	out->media_type = "application/vnd.oci.image.config.v1+json";
	out->size = len;
	return store_blob_put(s, text, len, &out->digest, d);
}

static int layer_put(struct store *s, struct layout *l, const char *name,
	const struct digest *diff_id, struct descriptor *out, struct diags *d)
{
	AUTO_PART p = { .fd = -EBADF };
	AUTO_DECODER c = NULL;
	int rc = layout_find(l, name, &p, d);
	if (rc <= 0)
		return rc < 0 ? -1 : missing(l, name, d);
	if (decoder_open(
		    p.fd, p.offset, p.size, arena_fmt(l->mem, "the layer \"%s\"", name), &c, d) < 0)
		return -1;
	switch (decoder_encoding(c)) {
	case ENCODING_PLAIN:
		out->media_type = "application/vnd.oci.image.layer.v1.tar";
		break;
	case ENCODING_GZIP:
		out->media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
		break;
	case ENCODING_ZSTD:
		out->media_type = "application/vnd.oci.image.layer.v1.tar+zstd";
		break;
	}
	/* A layer that is not compressed has its diff id as digest; another one is checked when it
	 * is unpacked. */
	const struct digest *want = decoder_encoding(c) == ENCODING_PLAIN ? diff_id : NULL;
	return part_put(s, l, &p, want, &out->digest, &out->size, d);
}

static void descriptor_add(yyjson_mut_doc *doc, yyjson_mut_val *to, const struct descriptor *desc)
{
	char text[DIGEST_TEXT_SIZE];
	yyjson_mut_obj_add_str(doc, to, "mediaType", desc->media_type);
	yyjson_mut_obj_add_strcpy(doc, to, "digest", digest_text(&desc->digest, text));
	yyjson_mut_obj_add_uint(doc, to, "size", desc->size);
}

static int manifest_put(struct store *s, struct arena *a, const struct manifest *m,
	struct descriptor *out, struct diags *d)
{
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	out->media_type = "application/vnd.oci.image.manifest.v1+json";
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_str(doc, root, "mediaType", out->media_type);
	descriptor_add(doc, yyjson_mut_obj_add_obj(doc, root, "config"), &m->config);
	yyjson_mut_val *layers = yyjson_mut_obj_add_arr(doc, root, "layers");
	vec_each (struct descriptor, l, &m->layers)
		descriptor_add(doc, yyjson_mut_arr_add_obj(doc, layers), l);
	size_t len;
	const char *text = json_write(a, doc, 0, &len);
	out->size = len;
	return store_blob_put(s, text, len, &out->digest, d);
}

static int image_put(struct store *s, struct layout *l, struct json item, struct descriptor *out,
	struct diags *d)
{
	const char *config_name;
	struct strings layers;
	struct image_config config;
	struct manifest m = { 0 };
	if (json_as_object(item, d) < 0 || json_need_str(item, "Config", &config_name, d) < 0 ||
		json_strings(item, "Layers", &layers, d) < 0 ||
		config_put(s, l, config_name, &config, &m.config, d) < 0)
		return -1;
	if (layers.len != config.diff_ids_len)
		return json_fail(item, "Layers", d, "has %zu entries, and the config has %zu",
			layers.len, config.diff_ids_len);
	for (size_t i = 0; i < layers.len; i++) {
		struct descriptor one = { 0 };
		if (layer_put(s, l, layers.items[i], &config.diff_ids[i], &one, d) < 0)
			return fail_ctx(d, "importing the layer \"%s\"", layers.items[i]);
		vec_push(l->mem, &m.layers, one);
	}
	return manifest_put(s, l->mem, &m, out, d);
}

int import_docker(struct store *s, struct layout *l, const char *name, struct descriptors *tags,
	struct diags *d)
{
	char *text;
	size_t len;
	struct json root, item;
	if (layout_text(l, "manifest.json", MANIFEST_MAX, &text, &len, d) < 0 ||
		json_parse(l->mem,
			arena_fmt(l->mem, "the file \"manifest.json\" in \"%s\"", l->path), text,
			len, &root, d) < 0)
		return -1;
	if (!yyjson_is_arr(root.val) || !yyjson_arr_size(root.val) ||
		yyjson_arr_size(root.val) > MANIFESTS_MAX)
		return json_fail(root, NULL, d, "is no array of images");
	bool single = yyjson_arr_size(root.val) == 1;
	for (struct json_each e = json_each(root); json_next(&e, NULL, &item);) {
		struct descriptor image = { 0 };
		struct strings names;
		if (image_put(s, l, item, &image, d) < 0 ||
			json_strings(item, "RepoTags", &names, d) < 0)
			return -1;
		if (name && (single || !names.len))
			vec_push(l->mem, &names, name);
		if (!names.len)
			return fail(d, KIND_USAGE,
				"give it one: slipway image import --name NAME:TAG PATH",
				"an image in \"%s\" has no name", l->path);
		vec_each (const char *, n, &names) {
			if (import_name(l->mem, *n, &image.name, d) < 0)
				return -1;
			vec_push(l->mem, tags, image);
		}
	}
	return 0;
}
