/*
 * registries.json: what is special about some registries. A key is a registry ("host:5000"), a part
 * of one ("docker.io/library"), or "slipway", whose packages have no registry of their own.
 *
 *     {"registries": {
 *         "docker.io": {"mirrors": ["mirror.lan:5000/hub"]},
 *         "mirror.lan:5000": {"plainHttp": true},
 *         "registry.lan": {"ca": "ca.pem", "cert": "client.pem", "key": "client.key"}},
 *      "stallSeconds": 30, "attempts": 6}
 *
 * Certificates also come from certs.d/HOST[:PORT]/{ca.crt,client.cert,client.key} as other tools
 * have it.
 */
#ifndef REGISTRY_SETTINGS_H
#define REGISTRY_SETTINGS_H

#include "base/diag.h"
#include "mkimage/registry/http.h"

struct registry_setting {
	const char *prefix;
	struct strings mirrors;
	bool plain_http;
	struct tls tls;
};

struct settings {
	struct registry_setting *items;
	size_t len, cap;
	unsigned stall_seconds, attempts;
};

/* folder: what paths in it are relative to. */
CHECK int settings_parse(struct arena *a, const char *what, const char *folder, const char *text,
	size_t len, struct settings *out, struct diags *d);
/* path NULL: SLIPWAY_REGISTRIES, else the user's file, if there is one. */
CHECK int settings_load(struct arena *a, const char *path, struct settings *out, struct diags *d);

/* The longest prefix that names the repository ("docker.io/library/nginx") and has mirrors, or
 * NULL. */
const struct registry_setting *settings_mirrors(const struct settings *s, const char *repository);
bool settings_plain_http(const struct settings *s, const char *host);
struct tls settings_tls(const struct settings *s, struct arena *a, const char *host);

#endif
