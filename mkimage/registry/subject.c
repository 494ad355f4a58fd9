#include "mkimage/registry/subject.h"

#include <string.h>

int subject_parse(
	struct arena *a, const struct manifest_text *t, struct subject *out, struct diags *d)
{
	struct json root, about, config;
	struct subject s = { 0 };
	const char *digest = NULL;
	if (json_parse(a, "the manifest", t->text, (size_t)t->desc.size, &root, d) < 0 ||
		json_as_object(root, d) < 0 || json_object(root, "subject", &about, d) < 0 ||
		json_str(root, "artifactType", &s.artifact_type, d) < 0 ||
		json_object(root, "config", &config, d) < 0)
		return -1;
	if (!s.artifact_type && json_str(config, "mediaType", &s.artifact_type, d) < 0)
		return -1;
	if (about.val) {
		if (json_need_str(about, "digest", &digest, d) < 0)
			return -1;
		if (digest_parse(digest, &s.digest) < 0)
			return json_fail(about, "digest", d, "is no digest");
		s.given = true;
	}
	*out = s;
	return 0;
}

bool subject_possible(const struct descriptor *entry)
{
	return media_is_manifest(entry->media_type) &&
	       (!entry->platform.os || strcmp(entry->platform.os, "unknown") == 0);
}

const char *referrers_tag(struct arena *a, const struct digest *g)
{
	char text[DIGEST_TEXT_SIZE];
	return arena_fmt(a, "%s-%s", digest_alg_name(g->alg), digest_hex(g, text));
}

/* A list to add to: what is there, or a new one. *found: the manifest is in it already. */
static int list_of(struct channel *c, const struct endpoint *e, const char *tag, const char *digest,
	yyjson_mut_doc **out, bool *found, struct diags *d)
{
	struct manifest_text t;
	struct json root, list, item;
	bool there;
	if (manifest_find(c, e, tag, &t, &there, d) < 0)
		return -1;
	if (!there) {
		yyjson_mut_doc *doc = json_new(c->mem);
		yyjson_mut_val *v = yyjson_mut_obj(doc);
		yyjson_mut_doc_set_root(doc, v);
		yyjson_mut_obj_add_uint(doc, v, "schemaVersion", 2);
		yyjson_mut_obj_add_str(
			doc, v, "mediaType", "application/vnd.oci.image.index.v1+json");
		yyjson_mut_obj_add_arr(doc, v, "manifests");
		*out = doc;
		return 0;
	}
	if (json_parse(c->mem, "the list of referrers", t.text, (size_t)t.desc.size, &root, d) <
			0 ||
		json_as_object(root, d) < 0 || json_need_array(root, "manifests", &list, d) < 0)
		return -1;
	for (struct json_each i = json_each(list); json_next(&i, NULL, &item);) {
		const char *has = yyjson_get_str(yyjson_obj_get(item.val, "digest"));
		*found |= has && strcmp(has, digest) == 0;
	}
	*out = json_copy(c->mem, root);
	return 0;
}

int referrers_tag_add(struct channel *c, const struct endpoint *e, const struct manifest_text *t,
	const struct subject *about, struct diags *d)
{
	char digest[DIGEST_TEXT_SIZE];
	const char *tag = referrers_tag(c->mem, &about->digest);
	struct manifest_text list = {
		.desc.media_type = "application/vnd.oci.image.index.v1+json"
	};
	yyjson_mut_doc *doc;
	bool found = false, knows;
	size_t len;
	digest_text(&t->desc.digest, digest);
	if (list_of(c, e, tag, digest, &doc, &found, d) < 0)
		return fail_ctx(d, "adding to the list of referrers \"%s\"", tag);
	if (found)
		return 0;
	yyjson_mut_val *all = yyjson_mut_obj_get(yyjson_mut_doc_get_root(doc), "manifests");
	yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, all);
	yyjson_mut_obj_add_strcpy(doc, one, "mediaType", t->desc.media_type);
	yyjson_mut_obj_add_strcpy(doc, one, "digest", digest);
	yyjson_mut_obj_add_uint(doc, one, "size", t->desc.size);
	if (about->artifact_type)
		yyjson_mut_obj_add_strcpy(doc, one, "artifactType", about->artifact_type);
	const char *text = json_write(c->mem, doc, 0, &len);
	list.text = arena_strn(c->mem, text, len);
	list.desc.size = len;
	return manifest_put(c, e, tag, &list, &knows, d);
}
