/*
 * LinuxKit's package folders: a Dockerfile, and a build.yml with keys of their own. They are not
 * built here; `@pkg:` and `pkg show-tag` name the image that `linuxkit pkg build` makes of one.
 */
#ifndef PKG_LINUXKIT_H
#define PKG_LINUXKIT_H

#include "yaml/config.h"

struct linuxkit_recipe {
	const char *dir;
	struct y_str image, org, tag;
	struct y_list extra_sources;
};

/* *is: the folder has a Dockerfile, or a build.yml with keys that only LinuxKit has. */
CHECK int linuxkit_recipe_load(
	struct arena *a, const char *dir, bool *is, struct linuxkit_recipe *out, struct diags *d);
/* "ORG/IMAGE:TAG", from git's hash of the folder. */
CHECK int linuxkit_tag(
	struct arena *a, const struct linuxkit_recipe *r, const char **ref, struct diags *d);

#endif
