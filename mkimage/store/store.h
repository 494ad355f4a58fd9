/*
 * The store: an OCI image layout (image-spec 1.1, image-layout.md) on the build machine that other
 * OCI tools can read as it is: oci-layout, index.json, blobs/ALG/HEX. Beside it, in folders that
 * the layout ignores: unpacked/ (layers, decompressed once; mkimage/layer), partial/ (blobs on
 * their way in), tmp/ and the locks.
 *
 * Nothing enters blobs/ but bytes that were hashed on their way in. Names are full references
 * (docker.io/library/nginx:1.27) in the annotation org.opencontainers.image.ref.name of index.json,
 * which is replaced atomically under the lock.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/diag.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct platform {
	const char *os, *arch, *variant; /* variant may be NULL */
};

/* image-spec descriptor.md */
struct descriptor {
	const char *media_type;
	struct digest digest;
	uint64_t size;
	struct platform platform;  /* os NULL: none given */
	const char *name;	   /* the reference, from index.json only */
	const char *artifact_type; /* of what is about an image, where it is listed; or NULL */
};

struct descriptors {
	struct descriptor *items;
	size_t len, cap;
};

struct label {
	const char *key, *value;
};

struct labels {
	struct label *items;
	size_t len, cap;
};

/* An image's config (image-spec config.md), parsed and checked. */
struct image_config {
	struct platform platform;
	const char *created; /* RFC 3339 or NULL */
	struct strings entrypoint, cmd, env, volumes;
	struct strings ports;	    /* "80", "80/tcp", "53/udp" */
	const char *user, *workdir; /* "" when unset */
	struct labels labels;
	struct digest *diff_ids; /* one per layer */
	size_t diff_ids_len;
};

/* A manifest for one platform, with its config. */
struct image {
	const char *name;	 /* the reference it was asked for */
	struct descriptor index; /* what the name points to: an index, or the manifest itself */
	struct descriptor manifest;
	struct descriptor config_desc;
	struct descriptors layers;
	struct image_config config;
};

/* path NULL: SLIPWAY_STORE, else the user's cache folder. Made when it is not there. */
CHECK int store_open(struct arena *mem, const char *path, struct store **out, struct diags *d);
void store_close(struct store **s);
const char *store_path(const struct store *s);
/* store_path/name, made when it is not there. For unpacked/, tmp/, debs/ … */
CHECK int store_folder(
	struct store *s, struct arena *a, const char *name, const char **path, struct diags *d);

/*
 * A full reference from what people write (LINUXKIT.md "Image names"): "nginx" ->
 * docker.io/library/nginx, "a/b" -> docker.io/a/b, "localhost/x", "slipway/x" -> slipway/x stays
 * ours. A digest reference is kept.
 */
CHECK int reference_normalise(
	struct arena *a, const char *text, const char **out, const char **why);

/*
 * Blobs. Whatever digest is asked for here, or is what a name stands for, is held until the store
 * is closed: a collector of garbage leaves it alone, and what it refers to. The functions of this
 * header may be called by several threads at once, with diags of their own.
 */
bool store_has(struct store *s, const struct digest *g);
/* An open blob, its size checked; its digest was checked on the way in. KIND_INTEGRITY when it is
 * not as said. */
CHECK int store_blob_open(struct store *s, const struct descriptor *desc, int *fd, struct diags *d);
/* A small blob (manifest, config) into memory, its digest checked again. */
CHECK int store_blob_read(struct store *s, struct arena *a, const struct descriptor *desc,
	size_t max, char **text, size_t *len, struct diags *d);
CHECK int store_blob_put(
	struct store *s, const void *bytes, size_t len, struct digest *out, struct diags *d);

/* Streaming a blob in: hashed while written; named only by a commit. */
struct blob_in;
/* A blob of which nothing is known. */
CHECK int blob_in_open(struct store *s, struct blob_in **out, struct diags *d);
/*
 * A blob whose digest and size are known, once for all who want it at the same time: threads and
 * processes. BLOB_NEEDED: *out is open; blob_in_size() bytes of it are there from an attempt that
 * was cut off, go on from there. BLOB_THERE: the store has it. BLOB_BUSY: somebody else is getting
 * it, try again later; with wait, it waits for them instead, which whoever gets several blobs in
 * one thread must not do (two of those would wait for each other).
 */
enum { BLOB_THERE, BLOB_NEEDED = 1, BLOB_BUSY };
CHECK int blob_in_want(struct store *s, const struct descriptor *desc, bool wait,
	struct blob_in **out, struct diags *d);
uint64_t blob_in_size(const struct blob_in *b);
/* KIND_INTEGRITY beyond the size of a known blob. */
CHECK int blob_in_write(struct blob_in *b, const void *bytes, size_t len, struct diags *d);
/* Forgets what was written, to begin again. */
CHECK int blob_in_restart(struct blob_in *b, struct diags *d);
/* want NULL: any digest, or that of the known blob; else a difference is KIND_INTEGRITY and nothing
 * enters. got and size may be NULL. */
CHECK int blob_in_commit(struct blob_in **b, const struct digest *want, struct digest *got,
	uint64_t *size, struct diags *d);
/* What was written of a known blob stays, for the next attempt. */
void blob_in_drop(struct blob_in **b);
#define AUTO_BLOB_IN __attribute__((cleanup(blob_in_drop))) struct blob_in *

/* Names. One with a digest is kept as it is, and must be that of what it names. */
CHECK int store_tag(
	struct store *s, const char *name, const struct descriptor *desc, struct diags *d);
/* Lists what is about images, without a name: it lives as long as its subject. Each once. */
CHECK int store_note_referrers(struct store *s, const struct descriptors *all, struct diags *d);
/* For who reads what a name points to, and names something made of it: until *fd is closed, others
 * who do so wait. */
CHECK int store_names_lock(struct store *s, int *fd, struct diags *d);
CHECK int store_untag(struct store *s, const char *name, struct diags *d);
CHECK int store_list(struct store *s, struct arena *a, struct descriptors *out, struct diags *d);
/*
 * An image for a platform by name, name@digest or digest; "no such image" with near names as the
 * hint. A tag is looked up as written, and with ":latest" when it has none.
 */
CHECK int store_image(struct store *s, struct arena *a, const char *name,
	const struct platform *want, struct image *out, struct diags *d);
/* What a name points to, an index or a manifest, without a look inside; errors as above. */
CHECK int store_resolve(struct store *s, struct arena *a, const char *name, struct descriptor *out,
	struct diags *d);
const char *image_label(const struct image *i, const char *key); /* or NULL */

/*
 * What refers to an image (image-spec 1.1, "subject") with that artifactType: those that its own
 * index lists, and when there are none, those that anything in index.json lists. Sorted by digest;
 * those not in the store are left out.
 */
struct referrer {
	struct descriptor manifest, blob; /* blob: its first layer */
};
struct referrers {
	struct referrer *items;
	size_t len, cap;
};
CHECK int store_referrers(struct store *s, struct arena *a, const struct image *i,
	const char *artifact_type, struct referrers *out, struct diags *d);

/* The platform that this machine builds for when nothing is said: linux/<machine>. */
struct platform platform_host(void);
/* "linux/amd64", "amd64", "arm64", "linux/arm/v7". */
CHECK int platform_parse(struct arena *a, const char *text, struct platform *out, struct diags *d);

/* OCI layout folders and tars (plain, gzip, zstd), written by any tool. name NULL: from the
 * annotations. */
CHECK int store_import(struct store *s, const char *path, const char *name, struct strings *names,
	struct arena *a, struct diags *d);
/* to ends ".tar": an OCI archive; else a layout folder, which must not exist. */
CHECK int store_export(struct store *s, const char *name, const char *to, struct diags *d);

/* The file oci-layout of a layout. */
extern const char layout_version_text[];
/* An index of these, with their platforms where they have one; name: of each in the layout, or
 * NULL. */
const char *layout_index_text(
	struct arena *a, const struct descriptors *all, const char *name, size_t *len);

/*
 * An OCI layout or archive with one nameless thing in it, looked through before anything of it
 * enters the store: for archives that strangers made.
 */
struct archive;
CHECK int archive_open(
	struct store *s, struct arena *a, const char *path, struct archive **out, struct diags *d);
/* Accepts NULL. */
void archive_close(struct archive **r);
#define AUTO_ARCHIVE __attribute__((cleanup(archive_close))) struct archive *
/* The one entry of its index.json. */
const struct descriptor *archive_root(const struct archive *r);
/* Hashes every byte that the root refers to. */
CHECK int archive_check(struct archive *r, struct diags *d);
/* A small blob of it, its size and digest checked. */
CHECK int archive_text(struct archive *r, struct arena *a, const struct descriptor *desc,
	size_t max, char **text, struct diags *d);
/* All of it into the store, under that name. */
CHECK int archive_take(struct archive *r, const char *name, struct diags *d);

/* Where a blob's bytes are, for who reads it by path. */
const char *store_blob_path(const struct store *s, struct arena *a, const struct digest *g);

#endif
