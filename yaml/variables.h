/*
 * Variables of a config: `${NAME}` and `${NAME:-default}` in the values of files that say
 * `slipway: 1`. Values come from --set and from env files, never from the environment; `$${` stands
 * for `${`. A variable that is not set, or empty without saying so, is an error. What replaces it
 * is one value and never YAML: it cannot add keys or items.
 */
#ifndef YAML_VARIABLES_H
#define YAML_VARIABLES_H

#include "yaml/node.h"

struct variable {
	const char *name, *value;
	const char *origin; /* "--set", "prod.env:3" */
	bool set_option;    /* by --set: one that nothing uses is a mistake */
	bool used;
};

/* A value of a file that variables changed. */
struct replaced {
	struct pos at;
	const char *note; /* `TAG="1.2" from --set` */
};

struct variables {
	struct variable *items;
	size_t len, cap;
	struct {
		struct replaced *items; /* sorted by place */
		size_t len, cap;
	} replaced;
	size_t grown; /* bytes of all values that variables changed */
};

/* "NAME=VALUE" of --set: wins over what is there. KIND_USAGE errors. */
CHECK int variables_set(
	struct arena *a, struct variables *v, const char *assignment, struct diags *d);
/* An env file: NAME=VALUE lines, # comments; wins over earlier files, not over --set. */
CHECK int variables_read(struct arena *a, struct variables *v, const char *name, const char *text,
	size_t len, struct diags *d);

/* In all values under root; text is what root was parsed from, for the places of mistakes. */
CHECK int variables_replace(struct arena *a, struct variables *v, struct yaml_node *root,
	const char *text, size_t len, struct diags *d);
/* What --set gives and nothing uses. */
CHECK int variables_unused(const struct variables *v, struct diags *d);

/* What changed the value that stands there, or NULL. */
const char *variables_note(const struct variables *v, struct pos at);
/* Says so beside the diagnostics about such values. */
void variables_explain(const struct variables *v, struct diags *d);

#endif
