/*
 * Who we are to a registry: what `docker login`, `podman login` and `skopeo login` left behind.
 * Files are those of containers-auth.json(5) and Docker's config.json; helpers speak the
 * docker-credential protocol. Only the entry of the registry's own host is ever looked at.
 */
#ifndef REGISTRY_CREDENTIALS_H
#define REGISTRY_CREDENTIALS_H

#include "base/diag.h"

struct credentials {
	const char *user, *password; /* NULL: none */
	const char *identity_token;  /* for the token server, instead of a password */
	const char *registry_token;  /* for the registry itself */
};

/* What one file says: credentials, or a helper that knows them, or (all NULL) nothing. */
struct credential_entry {
	struct credentials known;
	const char *helper;
	bool helper_is_for_host; /* it is named for this host, not for all */
};

/* host: as image names say it; repository: below it. */
CHECK int credentials_parse(struct arena *a, const char *what, const char *text, size_t len,
	const char *host, const char *repository, struct credential_entry *out, struct diags *d);
/* From the files and helpers of this user; all NULL: none. */
CHECK int credentials_find(struct arena *a, const char *host, const char *repository,
	struct credentials *out, struct diags *d);

CHECK int credential_helper(struct arena *a, const struct credential_entry *e, const char *host,
	struct credentials *out, struct diags *d);
/* "Basic …" */
const char *credentials_basic(struct arena *a, const struct credentials *c);
/* Bytes that may stand in a header as a token; at most 64 KiB. */
bool token_ok(const char *token);

#endif
