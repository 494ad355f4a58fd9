/* Volumes: an image's files, or the image itself as an OCI layout (image-spec image-layout.md). */
#include "mkimage/build/build_impl.h"

#include "base/fd.h"

#include <string.h>

struct layout_of {
	struct build *b;
	struct node *dir;
	struct origin from;
};

static const char *blob_name(struct arena *a, const struct digest *g)
{
	char hex[DIGEST_TEXT_SIZE];
	return arena_fmt(a, "blobs/%s/%s", digest_alg_name(g->alg), digest_hex(g, hex));
}

/* A blob of the store; the tree reads it from there. */
static int put_blob(struct layout_of *l, const struct descriptor *desc, struct diags *d)
{
	struct build *b = l->b;
	const char *name = blob_name(b->mem, &desc->digest);
	struct node *n = tree_find(l->dir, name);
	int fd = -EBADF;
	if (n)
		return 0; /* two platforms share it */
	if (store_blob_open(b->store, desc, &fd, d) < 0)
		return -1;
	vec_push(b->mem, &b->fds, fd);
	struct inode *i = tree_inode(b->tree, NODE_FILE, 0644, 0, 0, b->plan->epoch);
	i->content = (struct content){ .size = desc->size, .fd = fd };
	i->ref = l->from.ref;
	i->loc = l->from.loc;
	return tree_put(b->tree, l->dir, name, i, NULL, d);
}

static int put_text(
	struct layout_of *l, const char *name, const char *text, size_t len, struct diags *d)
{
	return put_file(l->b, l->b->tree, l->dir, name, text, len, 0644, l->from, d);
}

static int put_image(struct layout_of *l, const struct image *i, struct diags *d)
{
	if (put_blob(l, &i->manifest, d) < 0 || put_blob(l, &i->config_desc, d) < 0)
		return -1;
	vec_each (struct descriptor, layer, &i->layers) {
		if (put_blob(l, layer, d) < 0)
			return -1;
	}
	return 0;
}

/* Several platforms under one name are an index of their own. */
static int put_index(struct layout_of *l, struct descriptors *all, struct diags *d)
{
	static const char media_type[] = "application/vnd.oci.image.index.v1+json";
	struct descriptor desc = { .media_type = media_type };
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	size_t len;
	const char *text = layout_index_text(l->b->mem, all, NULL, &len);
	hasher_add(h, text, len);
	hasher_take(h, &desc.digest);
	desc.size = len;
	*all = (struct descriptors){ 0 };
	vec_push(l->b->mem, all, desc);
	return put_text(l, blob_name(l->b->mem, &desc.digest), text, len, d);
}

static int put_layout(struct layout_of *l, const struct planned_volume *v, struct diags *d)
{
	struct descriptors all = { 0 };
	size_t len;
	for (size_t i = 0; i < v->oci_len; i++) {
		struct descriptor desc = v->oci[i]->manifest;
		desc.platform = v->oci[i]->config.platform;
		vec_push(l->b->mem, &all, desc);
		if (put_image(l, v->oci[i], d) < 0)
			return -1;
	}
	if (all.len > 1 && put_index(l, &all, d) < 0)
		return -1;
	const char *index = layout_index_text(l->b->mem, &all, v->image->name, &len);
	if (put_text(l, "index.json", index, len, d) < 0)
		return -1;
	return put_text(l, "oci-layout", layout_version_text, strlen(layout_version_text), d);
}

static int put_lower(struct build *b, const struct planned_volume *v, struct node *dir,
	struct origin from, struct diags *d)
{
	struct layout_of l = { .b = b, .from = from };
	if (v->image && !v->oci_len)
		return build_image(b, dir, "lower", v->image, USE_VOLUME, from, d);
	if (put_folder(b, b->tree, dir, "lower", 0755, from, &l.dir, d) < 0)
		return -1;
	return v->oci_len ? put_layout(&l, v, d) : 0;
}

/* A volume without tmp/ is mounted read-only on the target. */
static int volume(struct build *b, const struct planned_volume *v, size_t index, struct diags *d)
{
	struct origin from = { v->image ? v->image->name : "linuxkit.volumes",
		arena_fmt(b->mem, "volume[%zu]", index) };
	const char *path = arena_fmt(b->mem, "containers/volumes/%s", v->name);
	struct node *dir;
	if (put_folder(b, b->tree, b->tree->root, path, 0755, from, &dir, d) < 0)
		return -1;
	if (put_lower(b, v, dir, from, d) < 0)
		return -1;
	if (!v->readonly && put_folder(b, b->tree, dir, "tmp", 0755, from, NULL, d) < 0)
		return -1;
	return put_folder(b, b->tree, dir, "merged", 0755, from, NULL, d);
}

int build_volumes(struct build *b, struct diags *d)
{
	for (size_t i = 0; i < b->plan->volumes_len; i++) {
		const struct planned_volume *v = &b->plan->volumes[i];
		unsigned before = d->errors;
		if (volume(b, v, i, d) < 0) {
			(void)errors_at(d, before, v->at);
			return fail_ctx(d, "making the volume \"%s\"", v->name);
		}
	}
	return 0;
}
