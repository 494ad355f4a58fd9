/*
 * Debian packages through a private apt root in the store (own state, cache and sources; the
 * machine's own apt gives the mirrors and proxies, Debian's keyring the trust), as any user and for
 * any architecture. apt resolves and checks signatures; what it names is fetched into the store's
 * debs/ by SHA-256 and checked again before every use.
 */
#ifndef PKG_APT_H
#define PKG_APT_H

#include "mkimage/store/store.h"

struct apt;

/* Where packages come from. */
struct apt_source {
	const char *suite;
	const char *components; /* as in sources.list: "main non-free-firmware"; NULL: main */
};

/* A .deb, or one file of a source package. */
struct apt_file {
	const char *name, *version, *arch; /* of the package; name is a file name for sources */
	const char *uri;
	struct digest digest; /* SHA-256 from the signed index */
	uint64_t size;
	const char *path; /* set by apt_fetch: the verified file in debs/; NULL: not fetched */
};

struct apt_files {
	struct apt_file *items;
	size_t len, cap;
};

/*
 * Updates the index when it is older than a day (and apt_resolve again when it lacks a package).
 * Without a network the old index serves, with a warning.
 */
CHECK int apt_open(struct store *s, struct arena *a, const struct apt_source *from,
	const struct platform *p, struct apt **out, struct diags *d);
/* Accepts NULL. */
void apt_close(struct apt **apt);
#define AUTO_APT __attribute__((cleanup(apt_close))) struct apt *

/*
 * The packages with all that they depend on (no Recommends), against an empty machine; sorted by
 * name. An unknown or virtual name is a KIND_INPUT error.
 */
CHECK int apt_resolve(struct apt *apt, struct arena *a, const struct strings *names,
	struct apt_files *out, struct diags *d);
/*
 * The files of a source package: tarballs and .dsc, as the index has them; version is the
 * package's, arch "source".
 */
CHECK int apt_resolve_source(
	struct apt *apt, struct arena *a, const char *name, struct apt_files *out, struct diags *d);
/*
 * Downloads what debs/ lacks and sets the paths. KIND_INTEGRITY when a file is not what the index
 * says. A .dsc that the mirror does not have is left without a path: the index has all its digests.
 */
CHECK int apt_fetch(struct apt *apt, struct apt_files *files, struct diags *d);

#endif
