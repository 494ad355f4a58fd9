/*
 * The system as an OCI artifact (image-spec 1.1, "Guidelines for Artifact Usage") in an archive of
 * an OCI layout: each thing that an update writes to a disk is a blob of its own, so that a machine
 * fetches only what its firmware starts and what it does not have yet.
 */
#include "mkimage/build/build_impl.h"

#include "base/json.h"
#include "mkimage/fs/fs.h"

#include <errno.h>
#include <string.h>

#define VENDOR	      "application/vnd.slipway.os"
#define TYPE_CONFIG   VENDOR ".config.v1+json"
#define TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define TITLE	      "org.opencontainers.image.title"

enum { BLOBS_MAX = 8, TIME_SIZE = 21 };

struct blob {
	const char *type, *title;
	struct content content;
	struct digest digest;
};

struct oci {
	struct build *b;
	struct tree *layout;
	struct blob blobs[BLOBS_MAX]; /* the layers */
	size_t len;
};

static int hash(const struct content *c, struct digest *out, struct diags *d)
{
	static _Thread_local char buf[128 * 1024];
	AUTO_HASHER h = hasher_new(DIGEST_SHA256);
	for (uint64_t at = 0; at < c->size;) {
		ssize_t n = content_read(c, at, buf, sizeof(buf));
		if (n <= 0)
			return fail_sys(d, n < 0 ? errno : EIO, "cannot read a part of the image");
		hasher_add(h, buf, (size_t)n);
		at += (uint64_t)n;
	}
	hasher_take(h, out);
	return 0;
}

static int put_blob(struct oci *o, const struct content *c, struct digest *out, struct diags *d)
{
	char text[DIGEST_TEXT_SIZE];
	struct tree *t = o->layout;
	struct inode *i = tree_inode(t, NODE_FILE, 0644, 0, 0, o->b->plan->epoch);
	i->content = *c;
	if (hash(c, out, d) < 0)
		return -1;
	return tree_put(t, t->root, arena_fmt(t->mem, "blobs/sha256/%s", digest_hex(out, text)), i,
		NULL, d);
}

static struct content text_content(const char *text)
{
	return (struct content){ .size = strlen(text), .bytes = text, .fd = -1 };
}

static struct content part_content(const struct part *p)
{
	return (struct content){ .size = p->size,
		.bytes = p->fd < 0 ? p->bytes : NULL,
		.fd = p->fd,
		.offset = p->offset };
}

static int add(
	struct oci *o, const char *type, const char *title, struct content c, struct diags *d)
{
	struct blob *l = &o->blobs[o->len++];
	*l = (struct blob){ .type = type, .title = title, .content = c };
	return put_blob(o, &l->content, &l->digest, d);
}

/* What a machine of each firmware starts, and the root with its hashes. */
static int add_all(struct oci *o, const struct uki_options *u, struct diags *d)
{
	struct build *b = o->b;
	struct out *uki, *root, *hashes;
	AUTO_OUT to = NULL;
	if (build_scratch(b, &to, d) < 0)
		return -1;
	uki = build_keep(b, &to);
	if (uki_write(b->mem, u, uki, d) < 0 || artefact_squashfs(b, &root, d) < 0 ||
		artefact_hashes(b, &hashes, d) < 0)
		return -1;
	const struct part made = part_whole(uki), system = part_whole(root),
			  tree = part_whole(hashes);
	if (add(o, VENDOR ".cmdline.v1", "cmdline", text_content(u->cmdline), d) < 0 ||
		add(o, VENDOR ".kernel.v1", "kernel", part_content(&u->kernel), d) < 0 ||
		add(o, VENDOR ".initrd.v1+cpio", "initrd.img", part_content(&u->initrd), d) < 0 ||
		add(o, VENDOR ".uki.v1", "slipway.efi", part_content(&made), d) < 0 ||
		add(o, VENDOR ".root.v1+squashfs", "root.squashfs", part_content(&system), d) < 0)
		return -1;
	return root_verified(b) ? add(o, VENDOR ".verity.v1", "root.verity", part_content(&tree), d)
				: 0;
}

static void put_descriptor(yyjson_mut_doc *doc, yyjson_mut_val *v, const char *type,
	const struct digest *digest, uint64_t size)
{
	char text[DIGEST_TEXT_SIZE];
	yyjson_mut_obj_add_str(doc, v, "mediaType", type);
	yyjson_mut_obj_add_strcpy(doc, v, "digest", digest_text(digest, text));
	yyjson_mut_obj_add_uint(doc, v, "size", size);
}

static yyjson_mut_doc *document(struct build *b, yyjson_mut_val **root)
{
	yyjson_mut_doc *doc = json_new(b->mem);
	*root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, *root);
	return doc;
}

static int put_json(struct oci *o, const char *path, yyjson_mut_doc *doc, struct digest *digest,
	uint64_t *size, struct diags *d)
{
	size_t len;
	const char *text = json_write(o->b->mem, doc, 0, &len);
	struct content c = { .size = len, .bytes = text, .fd = -1 };
	*size = len;
	if (path)
		return tree_file(o->layout, o->layout->root, path, text, len, 0644,
			o->b->plan->epoch, NULL, d);
	return put_blob(o, &c, digest, d);
}

/* What a machine decides by, before it fetches anything large. */
static int put_config(
	struct oci *o, const char *cmdline, struct digest *digest, uint64_t *size, struct diags *d)
{
	struct build *b = o->b;
	char hex[DIGEST_TEXT_SIZE];
	yyjson_mut_val *v;
	yyjson_mut_doc *doc = document(b, &v);
	json_add_str(doc, v, "os", "linux");
	json_add_str(doc, v, "architecture", b->plan->platform.arch);
	json_add_str(doc, v, "name", b->name);
	yyjson_mut_obj_add_int(doc, v, "epoch", b->plan->epoch);
	if (b->modules)
		json_add_str(doc, v, "kernel", strrchr(b->modules->folder, '/') + 1);
	json_add_str(doc, v, "cmdline", cmdline);
	if (root_verified(b))
		yyjson_mut_obj_add_strcpy(doc, v, "roothash", digest_hex(&b->verity.root, hex));
	json_add_str(doc, v, "rootPartition", b->root_guid);
	if (root_verified(b))
		json_add_str(doc, v, "verityPartition", b->hashes_guid);
	return put_json(o, NULL, doc, digest, size, d);
}

static void put_created(struct build *b, yyjson_mut_doc *doc, yyjson_mut_val *notes)
{
	char text[TIME_SIZE];
	time_t t = (time_t)b->plan->epoch;
	struct tm tm;
	gmtime_r(&t, &tm);
	if (strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		yyjson_mut_obj_add_strcpy(doc, notes, "org.opencontainers.image.created", text);
}

static int put_manifest(
	struct oci *o, const char *cmdline, struct digest *digest, uint64_t *size, struct diags *d)
{
	struct build *b = o->b;
	struct digest config;
	uint64_t config_size;
	yyjson_mut_val *v, *list, *notes;
	if (put_config(o, cmdline, &config, &config_size, d) < 0)
		return -1;
	yyjson_mut_doc *doc = document(b, &v);
	yyjson_mut_obj_add_uint(doc, v, "schemaVersion", 2);
	json_add_str(doc, v, "mediaType", TYPE_MANIFEST);
	json_add_str(doc, v, "artifactType", VENDOR ".v1");
	put_descriptor(
		doc, yyjson_mut_obj_add_obj(doc, v, "config"), TYPE_CONFIG, &config, config_size);
	list = yyjson_mut_obj_add_arr(doc, v, "layers");
	for (size_t i = 0; i < o->len; i++) {
		const struct blob *l = &o->blobs[i];
		yyjson_mut_val *e = yyjson_mut_arr_add_obj(doc, list);
		put_descriptor(doc, e, l->type, &l->digest, l->content.size);
		json_add_str(doc, yyjson_mut_obj_add_obj(doc, e, "annotations"), TITLE, l->title);
	}
	notes = yyjson_mut_obj_add_obj(doc, v, "annotations");
	put_created(b, doc, notes);
	json_add_str(doc, notes, TITLE, b->name);
	return put_json(o, NULL, doc, digest, size, d);
}

static int put_layout(struct oci *o, const char *cmdline, struct diags *d)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	struct build *b = o->b;
	struct digest manifest;
	uint64_t size;
	yyjson_mut_val *v, *e;
	if (put_manifest(o, cmdline, &manifest, &size, d) < 0 ||
		tree_file(o->layout, o->layout->root, "oci-layout", layout, strlen(layout), 0644,
			b->plan->epoch, NULL, d) < 0)
		return -1;
	yyjson_mut_doc *doc = document(b, &v);
	yyjson_mut_obj_add_uint(doc, v, "schemaVersion", 2);
	json_add_str(doc, v, "mediaType", "application/vnd.oci.image.index.v1+json");
	e = yyjson_mut_arr_add_obj(doc, yyjson_mut_obj_add_arr(doc, v, "manifests"));
	put_descriptor(doc, e, TYPE_MANIFEST, &manifest, size);
	json_add_str(doc, e, "artifactType", VENDOR ".v1");
	v = yyjson_mut_obj_add_obj(doc, e, "platform");
	json_add_str(doc, v, "architecture", b->plan->platform.arch);
	json_add_str(doc, v, "os", "linux");
	return put_json(o, "index.json", doc, NULL, &size, d);
}

int format_oci(struct build *b, const struct format *f, struct diags *d)
{
	struct fs_options plain = { .epoch = b->plan->epoch };
	struct oci o = { .b = b, .layout = tree_new(b->mem, b->plan->epoch) };
	struct uki_options u;
	struct out *to;
	if (boot_parts(b, INITRD_PARTITION, &u, d) < 0 || add_all(&o, &u, d) < 0 ||
		put_layout(&o, u.cmdline, d) < 0 || build_output(b, f->suffix, &to, d) < 0)
		return -1;
	return fs_tar.write(o.layout, &plain, to, d);
}
