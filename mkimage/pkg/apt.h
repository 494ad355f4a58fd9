/*
 * Debian's archive through a private apt root in the store (apt/SUITE-ARCH): its own sources, state
 * and lists, the machine's own mirror and proxies, Debian's keyring. The system's apt is only
 * asked, never changed; no root needed. Files that were fetched stay in the store's debs/, named by
 * their SHA-256.
 */
#ifndef PKG_APT_H
#define PKG_APT_H

#include "mkimage/pkg/recipe_fields.h"
#include "mkimage/store/store.h"

/* A file of the archive: a binary package, or a part of a source package. */
struct apt_file {
	const char *uri, *file;		   /* "nginx_1.26.3-3_amd64.deb", with escapes undone */
	const char *name, *version, *arch; /* of a binary package; else NULL */
	uint64_t size;
	struct digest digest; /* as the signed index says */
};

struct apt_files {
	struct apt_file *items;
	size_t len, cap;
};

struct apt {
	struct store *store;
	struct arena *mem;
	const char *suite, *arch; /* Debian's name of the architecture: "amd64" */
	const char *dir, *conf;
	const char *debs; /* where fetched files stay */
	int lock;
};

/*
 * Makes the root and brings its lists up to date. Without a network the old lists serve, with a
 * warning. Holds the root's lock until apt_close.
 */
CHECK int apt_open(struct store *s, struct arena *a, const char *suite, const char *arch,
	struct apt **out, struct diags *d);
/* Accepts NULL. */
void apt_close(struct apt **apt);
#define AUTO_APT __attribute__((cleanup(apt_close))) struct apt *

/* The packages and all they depend on, without recommendations, sorted by name. Names that apt does
 * not know are recorded at their place. */
CHECK int apt_resolve(
	struct apt *apt, const struct r_list *packages, struct apt_files *out, struct diags *d);
/* The files of a source package. */
CHECK int apt_source(
	struct apt *apt, const struct r_str *package, struct apt_files *out, struct diags *d);

/* Fetches those that are not in debs/ yet, and checks all against their digests: KIND_INTEGRITY. */
CHECK int apt_fetch(struct apt *apt, const struct apt_files *files, struct diags *d);
/* Where a fetched file lies. */
const char *apt_path(const struct apt *apt, const struct apt_file *file);

/* Inside: a program of apt's with the private root, and what it printed. */
CHECK int apt_run(struct apt *apt, const struct strings *argv, char **out, struct diags *d);
/* The lines that --print-uris prints. */
CHECK int apt_uris_parse(struct arena *a, const char *text, struct apt_files *out, struct diags *d);

#endif
