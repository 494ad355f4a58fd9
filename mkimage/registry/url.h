/*
 * Absolute http and https URLs (RFC 3986), read strictly: a registry sends them to us in Location
 * and realm, and everything that would make two readers see two hosts is refused: user names,
 * control bytes, other schemes.
 */
#ifndef REGISTRY_URL_H
#define REGISTRY_URL_H

#include "base/arena.h"

#include <stdbool.h>

struct url {
	bool https;
	const char *host; /* lower case; IPv6 in brackets */
	unsigned port;
	const char *target; /* path and query, from "/" on */
};

/* -1: *why says what is wrong with it. */
CHECK int url_parse(struct arena *a, const char *text, struct url *out, const char **why);
/* A Location: absolute, or a path on the same origin. */
CHECK int url_resolve(struct arena *a, const struct url *base, const char *location,
	struct url *out, const char **why);
/* HOST or HOST:PORT; port 0: the scheme's. */
CHECK int url_authority(struct arena *a, const char *text, struct url *out, const char **why);

const char *url_text(struct arena *a, const struct url *u);
/* For messages and logs: without the query, which may hold a signature. */
const char *url_safe(struct arena *a, const struct url *u);
/* "host", or "host:port" when the port is not the scheme's. */
const char *url_host_port(struct arena *a, const struct url *u);
bool url_same_origin(const struct url *a, const struct url *b);
/* 127.0.0.0/8, [::1] or localhost by name: nothing leaves this machine. */
bool url_is_loopback(const struct url *u);
/* Percent-encoded, for a value of a query. */
const char *url_encode(struct arena *a, const char *value);

#endif
