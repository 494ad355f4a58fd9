/*
 * All that a lock names in one archive, which builds on a machine without a network. An OCI layout
 * in a tar: an index with the manifest of every image and of one artefact (image-spec manifest.md,
 * "artifactType"), whose layers are the config's files, the lock, and the local files that the
 * config takes in. Archives of strangers are looked through before anything of them is used.
 */
#ifndef LOCK_PACK_H
#define LOCK_PACK_H

#include "mkimage/lock/lock.h"

/* plan: made with the lock. configs: the paths of the config's files, relative and without "..";
 * lock_path likewise. to ends ".tar". */
struct pack {
	const struct lock *lock;
	const struct plan *plan;
	struct strings configs;
	const char *lock_path;
	const char *to;
};
CHECK int pack_write(struct arena *a, struct store *s, const struct pack *p, struct diags *d);

/* Takes the images and local files into the store and writes the others below folder. On failure
 * neither has changed. paths: what was written. */
CHECK int pack_read(struct arena *a, struct store *s, const char *archive, const char *folder,
	struct strings *paths, struct diags *d);

#endif
