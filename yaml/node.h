/*
 * YAML text -> nodes with positions (libyaml's events; YAML 1.2 core schema for scalars). JSON is
 * YAML, so image labels go through here too. Hostile input: size, depth, node count, alias
 * expansion and scalar length are limited; duplicate keys are errors that name both places.
 */
#ifndef YAML_NODE_H
#define YAML_NODE_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_type type;
	struct pos at;
	const char *text; /* YAML_SCALAR: NUL-terminated, no NUL inside */
	bool plain; /* YAML_SCALAR: written without quotes, so that `no` and `1.10` can be told from
		       "no" */
	bool variable; /* YAML_SCALAR: a variable gave (part of) it, so that it fits any type */
	bool walked;   /* for walks that must see a node once, however many aliases name it */
	struct yaml_node **items; /* YAML_LIST, and the values of a YAML_MAP */
	struct yaml_node **keys;  /* YAML_MAP; scalars */
	size_t len;
};

/* One document. name is what messages call it; text is borrowed. *out NULL for an empty document.
 */
CHECK int yaml_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct yaml_node **out, struct diags *d);

/* The same for one of several documents: *nodes_left is what all may still hold. */
CHECK int yaml_parse_within(struct arena *a, const char *name, const char *text, size_t len,
	size_t *nodes_left, struct yaml_node **out, struct diags *d);

/* The value of a key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
