/* A push under way. */
#ifndef REGISTRY_PUSH_IMPL_H
#define REGISTRY_PUSH_IMPL_H

#include "mkimage/registry/registry_impl.h"

struct push {
	struct channel *c;
	struct store *store;
	const struct platform *want; /* NULL: all that the name has */
	const char *name;	     /* where to */
	struct endpoint to;
	struct upload upload;
	struct texts texts;	  /* outermost first */
	struct descriptors blobs; /* each once */
};

/* What the store's image name consists of, all read and checked. */
CHECK int push_plan(struct push *p, const char *name, struct diags *d);

#endif
