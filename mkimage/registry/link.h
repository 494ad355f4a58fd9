/* Link headers (RFC 8288), for the next page of a list. */
#ifndef REGISTRY_LINK_H
#define REGISTRY_LINK_H

#include "base/arena.h"

/* The target of the link whose relation is "next", or NULL. */
const char *link_next(struct arena *a, const char *value);

#endif
