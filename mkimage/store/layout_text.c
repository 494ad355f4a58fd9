/* The texts of an OCI layout (image-spec image-layout.md, image-index.md). */
#include "mkimage/store/store_impl.h"

#include "base/json.h"

#include <string.h>

const char layout_version_text[] = "{\"imageLayoutVersion\":\"1.0.0\"}";

/* The name under which an importer finds it again; digests have none. */
static const char *full_name(struct arena *a, const char *written)
{
	const char *full, *why;
	struct reference parts;
	if (!written || reference_normalise(a, written, &full, &why) < 0)
		return NULL;
	reference_split(a, full, &parts);
	if (*parts.digest)
		return NULL;
	return *parts.tag ? full : arena_fmt(a, "%s:latest", full);
}

/* containerd's annotation has the full name; the reference is the tag alone, as other tools want
 * it. */
static void put_name(struct arena *a, yyjson_mut_doc *doc, yyjson_mut_val *e, const char *name)
{
	struct reference parts;
	reference_split(a, name, &parts);
	yyjson_mut_val *notes = yyjson_mut_obj_add_obj(doc, e, "annotations");
	yyjson_mut_obj_add_str(doc, notes, "io.containerd.image.name", name);
	yyjson_mut_obj_add_strcpy(doc, notes, "org.opencontainers.image.ref.name", parts.tag);
}

static void put_platform(yyjson_mut_doc *doc, yyjson_mut_val *e, const struct platform *p)
{
	yyjson_mut_val *v = yyjson_mut_obj_add_obj(doc, e, "platform");
	yyjson_mut_obj_add_str(doc, v, "architecture", p->arch);
	yyjson_mut_obj_add_str(doc, v, "os", p->os);
	if (p->variant)
		yyjson_mut_obj_add_str(doc, v, "variant", p->variant);
}

const char *layout_index_text(
	struct arena *a, const struct descriptors *all, const char *name, size_t *len)
{
	char text[DIGEST_TEXT_SIZE];
	const char *full = full_name(a, name);
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_str(doc, root, "mediaType", "application/vnd.oci.image.index.v1+json");
	yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "manifests");
	vec_each (struct descriptor, desc, all) {
		yyjson_mut_val *e = yyjson_mut_arr_add_obj(doc, list);
		yyjson_mut_obj_add_str(doc, e, "mediaType", desc->media_type);
		yyjson_mut_obj_add_strcpy(doc, e, "digest", digest_text(&desc->digest, text));
		yyjson_mut_obj_add_uint(doc, e, "size", desc->size);
		if (desc->platform.os)
			put_platform(doc, e, &desc->platform);
		if (full)
			put_name(a, doc, e, full);
	}
	return json_write(a, doc, 0, len);
}
