/* Inside the store: what a store is made of, and the parsers of what it holds. */
#ifndef STORE_STORE_IMPL_H
#define STORE_STORE_IMPL_H

#include "base/fd.h"
#include "base/json.h"
#include "mkimage/store/store.h"

/* Registries commonly refuse manifests above 4 MiB; indexes of many platforms stay far below too.
 */
enum {
	MANIFEST_MAX = 4 << 20,
	CONFIG_MAX = 8 << 20,
	INDEX_MAX = 32 << 20, /* index.json: all names of a store */
	LAYERS_MAX = 1000,
	MANIFESTS_MAX = 4096, /* in one index */
	INDEX_DEPTH = 4	      /* indexes within indexes */
};

/*
 * lock is held shared as long as the store is open: a collector of garbage takes it exclusively, so
 * that nothing vanishes under a build. index.lock serialises changes of index.json, and is never
 * held while anything but index.json is written.
 */
struct store {
	struct arena *mem; /* owns this too */
	const char *path;
	int dir, tmp, lock;
};

/* An unfinished file in tmp/, held by a lock on itself so that others see whether its owner lives.
 */
struct tmp_file {
	struct store *store;
	int fd;
	char name[48];
};
CHECK int tmp_open(struct store *s, struct tmp_file *out, struct diags *d);
/* Syncs it and gives it its place, replacing what is there. dir: a folder of the store. */
CHECK int tmp_commit(struct tmp_file *t, int dir, const char *name, struct diags *d);
void tmp_drop(struct tmp_file *t);
#define AUTO_TMP __attribute__((cleanup(tmp_drop))) struct tmp_file
#define TMP_NONE ((struct tmp_file){ .fd = -EBADF })
/* Removes what dead owners left. */
void tmp_clean(struct store *s);
/* The error of a failed write below the store, with a hint when the disk is full. */
int store_write_failed(struct store *s, int sys, const char *what, struct diags *d);

/* flock on path in the store's folder; how: LOCK_SH or LOCK_EX. Waits. */
CHECK int store_lock(struct store *s, const char *name, int how, int *fd, struct diags *d);
/* Makes oci-layout, index.json and the folders, or checks what is there. */
CHECK int store_layout(struct store *s, struct diags *d);
/* {"imageLayoutVersion":"1.0.0"}; what: how to call the file. */
CHECK int layout_version_check(
	struct arena *a, const char *what, const char *text, size_t len, struct diags *d);
extern const char layout_version_text[];

/* "blobs/sha256/HEX" */
enum { BLOB_PATH_SIZE = 16 + DIGEST_TEXT_SIZE };
const char *blob_path(const struct digest *g, char out[BLOB_PATH_SIZE]);

/* index.json, parsed; each entry checked. */
CHECK int index_load(struct store *s, struct arena *a, struct json *root, struct diags *d);
/* Names several at once: all or none. Each desc's name is the full reference. */
CHECK int store_tag_all(struct store *s, const struct descriptors *all, struct diags *d);

/* Parsers. text is a blob that was checked against its digest. */
CHECK int descriptor_parse(struct json v, struct descriptor *out, struct diags *d);
/* The descriptors of an image index or manifest list. */
CHECK int index_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct descriptors *out, struct diags *d);
struct manifest {
	struct descriptor config;
	struct descriptors layers;
};
CHECK int manifest_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct manifest *out, struct diags *d);
CHECK int image_config_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct image_config *out, struct diags *d);
bool media_is_index(const char *media_type);
bool media_is_manifest(const char *media_type);
/* A config that describes a container image; others are artefacts. */
bool media_is_image_config(const char *media_type);

/* 0: does not fit; else the higher the better. */
unsigned platform_match(const struct platform *want, const struct platform *have);
const char *platform_text(struct arena *a, const struct platform *p);

/* Parts of a normalised reference. tag and digest: "" when there is none. */
struct reference {
	const char *repository, *tag, *digest;
};
void reference_split(struct arena *a, const char *full, struct reference *out);
/* As people write it: without docker.io/library/. */
const char *reference_short(const char *full);

/* "did you mean …", or how to get an image. */
const char *near_names_hint(struct arena *a, const struct descriptors *all, const char *wanted);

#endif
