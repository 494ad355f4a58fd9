/*
 * Registries: images from them into the store, and from the store to them (OCI
 * distribution-spec 1.1).
 *
 * Who gets what: credentials are looked up by the host that an image's name says, and go to that
 * host, or to the token server that it names; never to where it redirects. Nothing is spoken in
 * plain HTTP but with this machine itself, or where settings say so. Every byte is checked against
 * its digest before it has a name in the store, and a manifest enters after all that it needs.
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "mkimage/store/store.h"

struct registry;

struct registry_options {
	const char *settings; /* registries.json; NULL: SLIPWAY_REGISTRIES, else the user's */
	bool referrers;	      /* a pull brings what is about the image, too */
	/* Referrers of this artifactType, up to this size, come with every manifest that comes;
	 * NULL: none. Not getting them is no failure. */
	const char *brings;
	uint64_t brings_max;
	bool plain_http; /* the registries that are named may be spoken to without TLS */
	/* A line for the user; bytes as they come (from the calling thread). Both may be NULL. */
	void (*say)(void *ctx, const char *line);
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* A session: settings, credentials, tokens and connections are kept until it is closed. */
CHECK int registry_open(struct arena *mem, const struct registry_options *o, struct registry **out,
	struct diags *d);
void registry_close(struct registry **r);
#define AUTO_REGISTRY __attribute__((cleanup(registry_close))) struct registry *

struct registry_moved {
	const char *name;	/* the full reference */
	struct descriptor root; /* what it points to */
	uint64_t bytes;		/* that went over the network */
	size_t blobs;
};

/*
 * An image by name, for want and no other platform (NULL: for all), into the store under its name.
 * What the store has already is not asked for again: of an image by digest that is all there, the
 * registry hears nothing.
 */
CHECK int registry_pull(struct registry *r, struct store *s, const char *name,
	const struct platform *want, struct registry_moved *out, struct diags *d);
/*
 * The image that the store calls name to a registry under the name to (NULL: the same), with the
 * manifests of the store that refer to it. An index needs all its parts in the store, unless want
 * (or NULL) says which part is to go alone.
 */
CHECK int registry_push(struct registry *r, struct store *s, const char *name, const char *to,
	const struct platform *want, struct registry_moved *out, struct diags *d);
/* A manifest about an image: a signature, an SBOM. */
struct registry_referrer {
	struct descriptor desc;
	const char *tag; /* where cosign keeps it; else NULL */
};
struct registry_referrers {
	struct registry_referrer *items;
	size_t len, cap;
};
CHECK int registry_referrers(
	struct registry *r, const char *name, struct registry_referrers *out, struct diags *d);
/* Whether a registry could have it: names of our own packages have none, unless a mirror is set. */
bool registry_serves(struct registry *r, const char *name);

#endif
