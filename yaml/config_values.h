/*
 * The values of a config, each with its place. "Set" matters: an absent key and an empty list mean
 * different things (LINUXKIT.md "Merge order"): at.line 0 with set false means absent.
 */
#ifndef YAML_CONFIG_VALUES_H
#define YAML_CONFIG_VALUES_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

/* A value and where it stands. */
struct y_str {
	const char *v; /* NULL when absent */
	struct pos at;
};
struct y_bool {
	bool v, set;
	struct pos at;
};
struct y_int {
	int64_t v;
	bool set;
	struct pos at;
};
struct y_list { /* of strings */
	struct y_str *items;
	size_t len;
	bool set;
	struct pos at;
};
struct y_pair {
	struct y_str key, value;
};
struct y_map { /* of strings, in the order of the file */
	struct y_pair *items;
	size_t len;
	bool set;
	struct pos at;
};
/* uid, gid: a number, or the name of a container in the file. */
struct y_id {
	int64_t number; /* when name is NULL */
	const char *name;
	bool set;
	struct pos at;
};
struct y_ids {
	struct y_id *items;
	size_t len;
	bool set;
	struct pos at;
};

#endif
