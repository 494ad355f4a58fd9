/* WWW-Authenticate (RFC 9110 section 11.6.1), as registries use it: Basic, and Bearer with a token
 * server. */
#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

#include "base/arena.h"
#include "base/attr.h"

struct challenge {
	const char *scheme;		     /* as written */
	const char *realm, *service, *scope; /* NULL: not given */
};

struct challenges {
	struct challenge *items;
	size_t len, cap;
};

/* Adds what a header's value holds; -1 when it is malformed, or says something twice. */
CHECK int challenge_parse(struct arena *a, const char *value, struct challenges *out);

#endif
