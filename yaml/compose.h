/*
 * Several files -> one map of nodes, as if one file said all. Every node keeps its place. The order
 * is that of a reader: the files of the command line one after the other, and before each file what
 * it includes. A later file adds to what the earlier ones say:
 *
 *   lists of the top       its items come after the others (LinuxKit's rule for several files)
 *   maps of the top        key by key: a later key replaces an earlier one, whole
 *   values of the top      the later one holds
 *   `override:` in an item  changes, replaces or removes the earlier item of that name
 */
#ifndef YAML_COMPOSE_H
#define YAML_COMPOSE_H

#include "yaml/config.h"
#include "yaml/node.h"

struct variables;

struct composed {
	struct yaml_node *root; /* a map */
	struct config_sources sources;
};

CHECK int compose_files(struct arena *a, const struct config_input *in, struct variables *v,
	struct composed *out, struct diags *d);

/* Lays the root of a later file over under, a map that compose_new made. *overrides counts those of
 * all files. */
struct yaml_node *compose_new(struct arena *a, const char *name);
void compose_lay(struct arena *a, struct yaml_node *under, const struct yaml_node *over,
	bool strict, unsigned *overrides, struct diags *d);

/* Whether a file says `slipway: 1`. */
bool compose_says_slipway(const struct yaml_node *root);

#endif
