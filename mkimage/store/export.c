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

static int by_digest(const void *a, const void *b)
{
	const struct descriptor *x = a, *y = b;
	if (x->digest.alg != y->digest.alg)
		return x->digest.alg < y->digest.alg ? -1 : 1;
	return memcmp(x->digest.bytes, y->digest.bytes, sizeof(x->digest.bytes));
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
	struct descriptors root = { 0 };
	vec_push(a, &root, desc);
	root.items[0].platform = (struct platform){ 0 };
	x.index = layout_index_text(a, &root, desc.name ? desc.name : name, &x.index_len);
	size_t n = strlen(to);
	int rc = n > 4 && strcmp(to + n - 4, ".tar") == 0 ? export_tar(&x, d)
							  : export_folder(&x, d);
	return rc < 0 ? fail_ctx(d, "exporting the image \"%s\"", name) : 0;
}
