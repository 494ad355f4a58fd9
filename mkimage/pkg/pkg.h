/*
 * A package folder (build.yml and what it names) -> an OCI image in the store, without root and
 * without running target code. docs/recipes.md has the recipe's keys.
 */
#ifndef PKG_PKG_H
#define PKG_PKG_H

#include "mkimage/store/store.h"

struct pkg_options {
	struct platform platform;
	const char *programs; /* the folder with init, system-runtime and svc, and ARCH/init … */
	const char *version;  /* of our programs, for the bill of materials */
	bool force;	      /* build even when the store has this tag */
	void (*progress)(void *ctx, const char *line); /* NULL: silent */
	void *ctx;
};

/*
 * "slipway/nginx:<hash of all that leads to the image>"; the same for every architecture. Of one of
 * LinuxKit's package folders: the name that LinuxKit gives it.
 */
CHECK int pkg_tag(struct arena *a, const char *folder, const struct pkg_options *o,
	const char **ref, struct diags *d);
/* Builds it, and the base it names, unless the store has it; tags it also ":latest". */
CHECK int pkg_build(struct store *s, struct arena *a, const char *folder,
	const struct pkg_options *o, const char **ref, bool *built, struct diags *d);

#endif
