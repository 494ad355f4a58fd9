/* Inside the registry client: sessions, where to ask, and one checked exchange with a registry. */
#ifndef REGISTRY_REGISTRY_IMPL_H
#define REGISTRY_REGISTRY_IMPL_H

#include "mkimage/registry/http.h"
#include "mkimage/registry/registry.h"
#include "mkimage/registry/settings.h"
#include "mkimage/store/oci.h"

#include <pthread.h>

enum { WORKERS = 4, REDIRECTS_MAX = 10, LOGINS_MAX = 2 };
#define BLOB_SIZE_MAX (UINT64_C(64) << 30)

/* An Authorization header that an endpoint took. */
struct auth {
	struct url origin;
	const char *scope; /* NULL: for all */
	const char *header;
};

struct auths {
	struct auth *items;
	size_t len, cap;
};

struct registry {
	struct arena *mem; /* owns this too */
	struct registry_options o;
	struct settings settings;
	pthread_mutex_t lock; /* for what follows, and for mem while workers run */
	struct auths auths;
	struct strings secrets; /* what no message may show */
	struct http *idle[WORKERS + 1];
	size_t idle_len;
};

/* A place that may have a repository: the registry itself, or a mirror of it. */
struct endpoint {
	struct url base;	/* target "/" */
	const char *host;	/* as credentials and settings call it: "docker.io", "host:5000" */
	const char *repository; /* "library/nginx" */
	bool plain_ok;		/* plain HTTP is allowed to this host */
	bool guessed;		/* that base has no TLS; endpoints_settle finds out */
	struct tls tls;
};

struct endpoints {
	struct endpoint *items;
	size_t len, cap;
};

/* One thread's connection, which goes back to the session, and its memory. */
struct channel {
	struct registry *r;
	struct http *http;
	struct arena *mem;
};
struct channel channel_open(struct registry *r, const bool *cancel);
void channel_close(struct channel *c);
#define AUTO_CHANNEL __attribute__((cleanup(channel_close))) struct channel

/* The certificates for a host. */
struct tls tls_of(struct channel *c, const struct url *u);
/* Where to ask for a normalised repository, mirrors first. Before one is asked: is its scheme a
 * guess? */
CHECK int endpoints_of(
	struct channel *c, const char *repository, struct endpoints *out, struct diags *d);
CHECK int endpoint_settle(struct channel *c, struct endpoint *e, struct diags *d);
CHECK int endpoints_settle(struct channel *c, struct endpoints *all, struct diags *d);

/*
 * A request to an endpoint, with its credentials, redirects followed, and tried again where that
 * may help. scope: "pull" or "pull,push" on the endpoint's repository. have (or NULL): how many
 * bytes the sink has; further attempts ask for the rest. An answer with any final status is a
 * success here.
 */
struct ask {
	const struct endpoint *at;
	const char *scope;     /* NULL: no credentials are sent */
	const char *also_pull; /* another repository that is mounted from, or NULL */
	struct http_request q; /* q.url.target set; origin, tls and Authorization come from here */
	const uint64_t *have;
	struct endpoint *settle; /* at, when its scheme may be a guess that the answer settles */
	const struct url *start; /* NULL: the endpoint; else where it sent us for an upload */
	bool final;		 /* a redirect is not followed */
	bool once;	     /* not idempotent, or better left to the next endpoint: one attempt */
	struct url answered; /* set by the request: who answered, after the redirects */
};
CHECK int registry_ask(
	struct channel *c, struct ask *a, struct http_response *out, struct diags *d);
/* A Location that an endpoint gave, checked: never from TLS to none, never in the clear elsewhere.
 */
CHECK int registry_location(struct channel *c, const struct endpoint *e, const struct url *from,
	const struct http_response *r, struct url *out, struct diags *d);
/* Records what an answer that is no success says. */
int registry_refused(struct channel *c, const struct ask *a, const struct http_response *r,
	const char *doing, struct diags *d);
/* Records that a place answered with other bytes than asked for. */
int registry_lies(const struct endpoint *e, const struct digest *want, const struct digest *got,
	struct diags *d);
const char *repository_path(struct arena *a, const struct endpoint *e, const char *rest);

/* A manifest or index: its text, type and digest; ref: a tag or a digest. */
struct manifest_text {
	struct descriptor desc;
	char *text;
	const struct endpoint *from; /* NULL: the store */
};
struct texts {
	struct manifest_text *items;
	size_t len, cap;
};
CHECK int manifest_get(struct channel *c, const struct endpoints *from, const char *ref,
	const struct digest *want, struct manifest_text *out, struct diags *d);
/* As above from places that are not settled yet: what is asked for does that, too, where it can. */
CHECK int manifest_get_first(struct channel *c, struct endpoints *from, const char *ref,
	const struct digest *want, struct manifest_text *out, struct diags *d);
/* As above from one place; *found false: it has no such manifest. */
CHECK int manifest_find(struct channel *c, const struct endpoint *e, const char *ref,
	struct manifest_text *out, bool *found, struct diags *d);
/* A name's parts, with a tag or a digest. */
CHECK int registry_name(
	struct channel *c, const char *name, struct reference *out, struct diags *d);
/* What a registry lists about a manifest; all: and what cosign keeps under tags of its own. */
CHECK int referrers_of(struct channel *c, const struct endpoint *e, const struct digest *g,
	bool all, struct registry_referrers *out, struct diags *d);
/* A small blob into memory, checked. */
CHECK int blob_get_text(struct channel *c, const struct endpoints *from,
	const struct descriptor *desc, size_t max, char **text, struct diags *d);
/* A blob into the store, checked. done: counts bytes as they come. */
CHECK int blob_get(struct channel *c, const struct endpoints *from, struct store *s,
	const struct descriptor *desc, uint64_t *done, struct diags *d);

/*
 * A blob of the store to an endpoint, unless it has it: mounted from another repository of the same
 * registry (or NULL), else uploaded, in pieces when it is large. sent: counts bytes.
 */
struct upload {
	const struct endpoint *to;
	const char *mount_from; /* a repository, or NULL */
};
CHECK int blob_put(struct channel *c, const struct upload *u, struct store *s,
	const struct descriptor *desc, uint64_t *sent, struct diags *d);
CHECK int manifest_put(struct channel *c, const struct endpoint *e, const char *ref,
	const struct manifest_text *t, bool *knows_subject, struct diags *d);

/* Runs job(0) … job(n - 1) on some threads; the first error of them ends all. */
struct jobs {
	size_t n;
	uint64_t total;
	CHECK int (*run)(struct channel *c, void *ctx, size_t i, uint64_t *done, struct diags *d);
	void *ctx;
};
CHECK int jobs_run(struct registry *r, const struct jobs *j, struct diags *d);

#endif
