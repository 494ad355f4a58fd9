/*
 * Into the store: layer, config, manifest. A name points to an index (image-spec image-index.md)
 * with a manifest for each platform that was built; what is there for other platforms stays.
 */
#include "mkimage/pkg/image_impl.h"

#include <string.h>

enum { INDEX_MAX = 1 << 20 };

static const char index_type[] = "application/vnd.oci.image.index.v1+json";
static const char manifest_type[] = "application/vnd.oci.image.manifest.v1+json";
static const char config_type[] = "application/vnd.oci.image.config.v1+json";

static void add_descriptor(yyjson_mut_doc *doc, yyjson_mut_val *to, const struct descriptor *desc)
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

static int doc_put(struct store *s, struct arena *a, yyjson_mut_doc *doc, const char *type,
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
	add_descriptor(doc, one, &config);
	yyjson_mut_obj_add_val(doc, root, "config", one);
	for (size_t i = 0; i < parts.len; i++) {
		yyjson_mut_val *l = yyjson_mut_obj(doc);
		add_descriptor(doc, l, &parts.layers[i]);
		yyjson_mut_arr_append(layers, l);
	}
	yyjson_mut_obj_add_val(doc, root, "layers", layers);
	if (doc_put(b->store, b->mem, doc, manifest_type, out, d) < 0)
		return -1;
	out->platform = b->options->platform;
	return 0;
}

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

static bool same_platform(const struct platform *x, const struct platform *y)
{
	return x->os && strcmp(x->os, y->os) == 0 && strcmp(x->arch, y->arch) == 0;
}

static int entry_read(struct json v, struct descriptor *out, struct diags *d)
{
	const char *digest, *type;
	struct json p;
	struct descriptor e = { 0 };
	if (json_need_str(v, "mediaType", &type, d) < 0 ||
		json_need_str(v, "digest", &digest, d) < 0 ||
		json_need_u64(v, "size", &e.size, d) < 0 || json_object(v, "platform", &p, d) < 0)
		return -1;
	e.media_type = type;
	if (digest_parse(digest, &e.digest) < 0)
		return json_fail(v, "digest", d, "is no digest");
	if (p.val && (json_need_str(p, "os", &e.platform.os, d) < 0 ||
			     json_need_str(p, "architecture", &e.platform.arch, d) < 0 ||
			     json_str(p, "variant", &e.platform.variant, d) < 0))
		return -1;
	*out = e;
	return 0;
}

/* The entries of what ref points to now that are for other platforms and still there. */
static int others_read(struct store *s, struct arena *a, const char *ref,
	const struct platform *own, struct descriptors *out, struct diags *d)
{
	struct descriptor now;
	bool found;
	char *text;
	size_t len;
	struct json root, list, item;
	if (named(s, a, ref, &now, &found, d) < 0)
		return -1;
	if (!found || strcmp(now.media_type, index_type) != 0)
		return 0;
	if (store_blob_read(s, a, &now, INDEX_MAX, &text, &len, d) < 0 ||
		json_parse(a, arena_fmt(a, "the index of \"%s\"", ref), text, len, &root, d) < 0 ||
		json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	for (struct json_each e = json_each(list); json_next(&e, NULL, &item);) {
		struct descriptor entry;
		if (entry_read(item, &entry, d) < 0)
			return -1;
		if (!same_platform(&entry.platform, own) && store_has(s, &entry.digest))
			vec_push(a, out, entry);
	}
	return 0;
}

static int by_platform(const void *x, const void *y)
{
	const struct descriptor *a = x, *b = y;
	int c = strcmp(
		a->platform.arch ? a->platform.arch : "", b->platform.arch ? b->platform.arch : "");
	return c ? c : memcmp(a->digest.bytes, b->digest.bytes, sizeof(a->digest.bytes));
}

static int name_set(struct store *s, struct arena *a, const char *ref,
	const struct descriptor *manifest, struct diags *d)
{
	struct descriptors all = { 0 };
	struct descriptor index;
	const char *full, *why;
	if (others_read(s, a, ref, &manifest->platform, &all, d) < 0)
		return -1;
	vec_push(a, &all, *manifest);
	qsort(all.items, all.len, sizeof(*all.items), by_platform);
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_val *root = yyjson_mut_obj(doc), *list = yyjson_mut_arr(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_strcpy(doc, root, "mediaType", index_type);
	vec_each (struct descriptor, x, &all) {
		yyjson_mut_val *one = yyjson_mut_obj(doc);
		add_descriptor(doc, one, x);
		yyjson_mut_arr_append(list, one);
	}
	yyjson_mut_obj_add_val(doc, root, "manifests", list);
	if (doc_put(s, a, doc, index_type, &index, d) < 0)
		return -1;
	if (reference_normalise(a, ref, &full, &why) < 0)
		return fail(d, KIND_BUG, NULL, "\"%s\" is no image name: %s", ref, why);
	return store_tag(s, full, &index, d);
}

int pkg_latest(
	struct store *s, struct arena *a, const struct image *i, const char *name, struct diags *d)
{
	struct descriptor now;
	const char *ref = arena_fmt(a, "slipway/%s:latest", name);
	bool found;
	if (named(s, a, ref, &now, &found, d) < 0)
		return -1;
	if (found && digest_equal(&now.digest, &i->index.digest))
		return 0;
	return store_tag(s, ref, &i->index, d);
}

int pkg_image(struct pkg_build *b, const char *ref, struct diags *d)
{
	struct descriptor manifest;
	if (manifest_put(b, &manifest, d) < 0)
		return -1;
	return name_set(b->store, b->mem, ref, &manifest, d);
}
