/* Inside yaml/: what laying files over each other shares. */
#ifndef YAML_COMPOSE_IMPL_H
#define YAML_COMPOSE_IMPL_H

#include "yaml/reader.h"

struct field;

struct composing_item {
	struct arena *mem;
	struct reader r;
	unsigned *overrides; /* so far */
};

/* An item of a list of the top: added, or laid over the earlier one that it overrides. */
void compose_item(struct composing_item *c, const struct field *f, struct yaml_node *list,
	struct yaml_node *item);

/* Adds to a list or (with a key) to a map that compose_copy or compose_new made. */
void compose_push(struct arena *a, struct yaml_node *n, struct yaml_node *key, struct yaml_node *v);
struct yaml_node *compose_copy(struct arena *a, const struct yaml_node *n);

#endif
