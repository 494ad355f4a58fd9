/* An image as an OCI layout of its own, as a folder or a tar; the same image gives the same bytes.
 */
#include "mkimage/store/export.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct collect {
	struct store *store;
	struct arena *mem;
	struct descriptors *all;
};

static int collect_any(
	struct collect *c, const struct descriptor *desc, unsigned depth, struct diags *d);

static int collect_list(struct collect *c, const struct descriptors *list, bool sparse,
	unsigned depth, struct diags *d)
{
	vec_each (struct descriptor, one, list) {
		/* An index may name platforms that were never imported. */
		if (sparse && !store_has(c->store, &one->digest))
			continue;
		if (collect_any(c, one, depth, d) < 0)
			return -1;
	}
	return 0;
}

static int collect_below(
	struct collect *c, const struct descriptor *desc, unsigned depth, struct diags *d)
{
	char name[DIGEST_TEXT_SIZE], *text;
	size_t len;
	struct descriptors list;
	struct manifest m;
	if (store_blob_read(c->store, c->mem, desc, MANIFEST_MAX, &text, &len, d) < 0)
		return -1;
	const char *what = arena_fmt(c->mem, "the blob %s", digest_text(&desc->digest, name));
	if (media_is_index(desc->media_type))
		return index_parse(c->mem, what, text, len, &list, d) < 0
			       ? -1
			       : collect_list(c, &list, true, depth + 1, d);
	if (manifest_parse(c->mem, what, text, len, &m, d) < 0 ||
		collect_any(c, &m.config, depth + 1, d) < 0)
		return -1;
	return collect_list(c, &m.layers, false, depth + 1, d);
}

static int collect_any(
	struct collect *c, const struct descriptor *desc, unsigned depth, struct diags *d)
{
	vec_each (struct descriptor, had, c->all)
		if (digest_equal(&had->digest, &desc->digest))
			return 0;
	if (depth > INDEX_DEPTH + 2)
		return fail(d, KIND_INPUT, NULL, "its indexes nest deeper than %d", INDEX_DEPTH);
	if (c->all->len == EXPORT_BLOBS_MAX)
		return fail(d, KIND_INPUT, NULL, "it has more than %d blobs", EXPORT_BLOBS_MAX);
	vec_push(c->mem, c->all, *desc);
	if (media_is_index(desc->media_type) || media_is_manifest(desc->media_type))
		return collect_below(c, desc, depth, d);
	return 0;
}

/* containerd's annotation has the full name; the reference is the tag alone, as other tools want
 * it. */
static const char *index_text(
	struct arena *a, const struct descriptor *desc, const char *name, size_t *len)
{
	char text[DIGEST_TEXT_SIZE];
	struct reference parts;
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_uint(doc, root, "schemaVersion", 2);
	yyjson_mut_obj_add_str(doc, root, "mediaType", "application/vnd.oci.image.index.v1+json");
	yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "manifests");
	yyjson_mut_val *e = yyjson_mut_arr_add_obj(doc, list);
	yyjson_mut_obj_add_str(doc, e, "mediaType", desc->media_type);
	yyjson_mut_obj_add_strcpy(doc, e, "digest", digest_text(&desc->digest, text));
	yyjson_mut_obj_add_uint(doc, e, "size", desc->size);
	if (name) {
		reference_split(a, name, &parts);
		yyjson_mut_val *notes = yyjson_mut_obj_add_obj(doc, e, "annotations");
		yyjson_mut_obj_add_str(doc, notes, "io.containerd.image.name", name);
		yyjson_mut_obj_add_str(doc, notes, "org.opencontainers.image.ref.name",
			*parts.tag ? parts.tag : "latest");
	}
	return json_write(a, doc, 0, len);
}

static int by_digest(const void *a, const void *b)
{
	const struct descriptor *x = a, *y = b;
	if (x->digest.alg != y->digest.alg)
		return x->digest.alg < y->digest.alg ? -1 : 1;
	return memcmp(x->digest.bytes, y->digest.bytes, sizeof(x->digest.bytes));
}

/* The name under which an importer finds it again; digests have none. */
static const char *full_name(struct arena *a, const struct descriptor *desc, const char *written)
{
	const char *full, *why;
	struct reference parts;
	const char *from = desc->name ? desc->name : written;
	if (reference_normalise(a, from, &full, &why) < 0)
		return NULL;
	reference_split(a, full, &parts);
	if (*parts.digest)
		return NULL;
	return *parts.tag ? full : arena_fmt(a, "%s:latest", full);
}

int store_export(struct store *s, const char *name, const char *to, struct diags *d)
{
	AUTO_ARENA a = arena_new();
	struct export x = { .store = s, .mem = a, .to = to };
	struct descriptor desc;
	struct collect c = { .store = s, .mem = a, .all = &x.blobs };
	if (store_resolve(s, a, name, &desc, d) < 0)
		return -1;
	if (collect_any(&c, &desc, 1, d) < 0)
		return fail_ctx(d, "exporting the image \"%s\"", name);
	qsort(x.blobs.items, x.blobs.len, sizeof(*x.blobs.items), by_digest);
	x.index = index_text(a, &desc, full_name(a, &desc, name), &x.index_len);
	size_t n = strlen(to);
	int rc = n > 4 && strcmp(to + n - 4, ".tar") == 0 ? export_tar(&x, d)
							  : export_folder(&x, d);
	return rc < 0 ? fail_ctx(d, "exporting the image \"%s\"", name) : 0;
}
