/* A pull under way: what it found out before a blob is asked for. */
#ifndef REGISTRY_PULL_IMPL_H
#define REGISTRY_PULL_IMPL_H

#include "mkimage/registry/registry_impl.h"

struct pull {
	struct channel *c;
	struct store *store;
	const struct platform *want; /* NULL: all */
	const char *name;
	const struct reference *ref;
	struct endpoints from;	  /* through pull_from(): it may ask where to ask */
	struct texts texts;	  /* outermost first */
	struct descriptors about; /* manifests that are about others, and in no index */
	struct descriptors blobs; /* to be got, each once */
	struct texts configs;	  /* read and checked already */
	struct strings platforms; /* of the index, for the message */
	uint64_t bytes;
};

/* Where to ask, from when something has to be asked for. */
CHECK int pull_from(struct pull *p, const struct endpoints **out, struct diags *d);
/* What has to come for the wanted platform: texts and configs are read and checked here. */
CHECK int pull_plan(struct pull *p, const struct manifest_text *root, struct diags *d);
CHECK int pull_plan_manifest(struct pull *p, const struct manifest_text *t, struct diags *d);
/* A text by its digest: the store's, or the registry's. */
CHECK int pull_text_of(
	struct pull *p, const struct descriptor *desc, struct manifest_text *out, struct diags *d);
/* What is about the manifests that are to come. */
CHECK int pull_plan_referrers(struct pull *p, struct diags *d);

#endif
