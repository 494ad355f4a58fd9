/* Authorization headers of a session. */
#ifndef REGISTRY_AUTHORIZE_H
#define REGISTRY_AUTHORIZE_H

#include "mkimage/registry/credentials.h"
#include "mkimage/registry/registry_impl.h"

/* What an endpoint gets with its requests, or NULL: nothing yet. */
const char *authorization(struct channel *c, const struct endpoint *e, const char *scope);
/*
 * After a 401. refused: the header that it came for, or NULL. *out NULL: there is nothing to log in
 * with.
 */
CHECK int authorize(struct channel *c, const struct endpoint *e, const char *scope,
	const char *refused, const struct http_response *r, const char **out, struct diags *d);

#endif
