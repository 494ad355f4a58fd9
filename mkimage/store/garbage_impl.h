/* Between marking and sweeping. */
#ifndef STORE_GARBAGE_IMPL_H
#define STORE_GARBAGE_IMPL_H

#include "mkimage/store/garbage.h"
#include "mkimage/store/store_impl.h"

/* What a JSON text of a store leads to, as far as it can be told without its media type. */
struct links {
	bool is_list; /* an index or a manifest */
	bool has_subject;
	struct digest subject;
	struct descriptors down;
	struct descriptors diff_ids; /* digests only */
};
/* 1: it leads somewhere; 0: it does not, or is none of ours; -1. lock is held by the caller, so no
 * lease is taken. must: its descriptor says that it does, so one that is damaged is an error. */
CHECK int links_read(struct store *s, struct arena *a, const struct digest *g, bool must,
	struct links *out, struct diags *d);

struct gc {
	struct store *store;
	struct arena *mem;
	struct digest_set leased, kept, diff_ids;
	struct descriptors queue; /* kept, and not looked into yet */
};
/* Fills the sets from leases and index.json; gc_keep() adds what else is kept. */
CHECK int gc_mark(struct gc *g, struct diags *d);
CHECK int gc_keep(struct gc *g, const struct descriptor *desc, struct diags *d);

/* The names in a folder of the store, sorted; none when it is not there. */
CHECK int store_names(
	struct store *s, struct arena *a, const char *folder, struct strings *out, struct diags *d);

#endif
