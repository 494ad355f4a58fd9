/* Inside the store: what a store is made of, and the parsers of what it holds. */
#ifndef STORE_STORE_IMPL_H
#define STORE_STORE_IMPL_H

#include "base/fd.h"
#include "mkimage/store/digest_set.h"
#include "mkimage/store/oci.h"

enum { INDEX_MAX = 32 << 20 }; /* index.json: all names of a store */

/*
 * index.lock serialises changes of index.json, and is never held while anything but index.json is
 * written. What lock and the lease do: lease.c.
 */
struct store {
	struct arena *mem; /* the caller's */
	const char *path;
	int dir, tmp;
	struct lease *lease;
	struct around *around; /* what refers to images; NULL: nobody asked yet */
};

/*
 * A lease names the digests that an open store has asked for; a collector of garbage leaves them,
 * and what they refer to, alone. It takes lock exclusively and reads all leases whose owners live.
 * Between enter and leave no collector runs: what is seen there and held stays there. Threads of
 * one store enter one by one.
 */
CHECK int lease_new(struct store *s, struct diags *d);
void lease_free(struct lease **l);
void lease_enter(struct store *s);
void lease_hold(struct store *s, const struct digest *g);
void lease_leave(struct store *s);

/* An unfinished file in tmp/, held by a lock on itself so that others see whether its owner lives.
 */
struct tmp_file {
	struct store *store;
	int fd, dir; /* dir: the folder it is in, borrowed */
	char name[DIGEST_TEXT_SIZE];
};
/* kind: how its name begins. */
CHECK int tmp_open(struct store *s, const char *kind, struct tmp_file *out, struct diags *d);
/* Is name still the file that fd is? */
bool same_file(int dir, const char *name, int fd);
/* Syncs it and gives it its place, replacing what is there. dir: a folder of the store. */
CHECK int tmp_commit(struct tmp_file *t, int dir, const char *name, struct diags *d);
void tmp_drop(struct tmp_file *t);
#define AUTO_TMP __attribute__((cleanup(tmp_drop))) struct tmp_file
#define TMP_NONE ((struct tmp_file){ .fd = -EBADF, .dir = -EBADF })
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

/* "blobs/sha256/HEX" */
enum { BLOB_PATH_SIZE = 16 + DIGEST_TEXT_SIZE };
const char *blob_path(const struct digest *g, char out[BLOB_PATH_SIZE]);

/* index.json, parsed; each entry checked. */
CHECK int index_load(struct store *s, struct arena *a, struct json *root, struct diags *d);
/* Names several at once: all or none. Each desc's name is the full reference. */
CHECK int store_tag_all(struct store *s, const struct descriptors *all, struct diags *d);
/* Drops the entries with these digests. */
CHECK int store_forget(struct store *s, const struct digest_set *gone, struct diags *d);
/* Makes the names of blobs last. */
CHECK int store_sync_folders(struct store *s, struct diags *d);

/* "did you mean …", or how to get an image. */
const char *near_names_hint(struct arena *a, const struct descriptors *all, const char *wanted);

#endif
