/*
 * Garbage: what no entry of index.json, no open store and no referrer of these leads to. A manifest
 * leads to its config and layers, an index to its manifests, and whatever is kept keeps the
 * manifests that name it as their subject (image-spec manifest.md): signatures and SBOMs.
 */
#ifndef STORE_GARBAGE_H
#define STORE_GARBAGE_H

#include "mkimage/store/digest_set.h"
#include "mkimage/store/store.h"

struct garbage {
	enum { GARBAGE_BLOB, GARBAGE_PARTIAL, GARBAGE_UNPACKED, GARBAGE_PACKED } kind;
	struct digest digest; /* of the blob; unpacked: the diff id; packed: a name */
	uint64_t size;
};

struct garbage_list {
	struct garbage *items;
	size_t len, cap;
};

/*
 * Removes it, or (dry) only lists it. *diff_ids: those of the layers that are kept, for layer_gc().
 * Waits for stores that cannot write leases, though not for ever.
 */
CHECK int store_gc(struct store *s, bool dry, struct arena *a, struct garbage_list *out,
	struct digest_set *diff_ids, struct diags *d);

/*
 * Checks every blob against its digest, and everything that index.json leads to. Each thing that is
 * wrong is an error with what to do about it; -1 then. *layers: those that are to be as unpacked,
 * for layer_verify().
 */
struct verify_layer {
	struct descriptor desc;
	struct digest diff_id;
};
struct verified {
	uint64_t blobs, bytes;
	struct verify_layer *items; /* each diff id once */
	size_t len, cap;
};
CHECK int store_verify(struct store *s, struct arena *a, struct verified *out, struct diags *d);

#endif
