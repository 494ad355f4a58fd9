/* Between what an export is made of and how it is written. */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "mkimage/store/store_impl.h"

enum { EXPORT_BLOBS_MAX = 10000 };

struct export
{
	struct store *store;
	struct arena *mem;
	const char *to;
	struct descriptors blobs; /* sorted, each once */
	const char *index;	  /* index.json */
	size_t index_len;
};

/* Each appears under its name whole, or not at all; a folder must not exist. */
CHECK int export_folder(struct export *x, struct diags *d);
CHECK int export_tar(struct export *x, struct diags *d);
/* A blob's bytes to a file, hashed on the way: a damaged store gives no export. */
CHECK int export_blob(struct export *x, const struct descriptor *desc, int out, struct diags *d);
int export_failed(struct export *x, int sys, struct diags *d);

#endif
