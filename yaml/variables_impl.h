/* Inside yaml/: what the steps of variables share. */
#ifndef YAML_VARIABLES_IMPL_H
#define YAML_VARIABLES_IMPL_H

#include "yaml/variables.h"

enum {
	VARIABLES_MAX = 1000, /* found by a linear search */
	VARIABLE_NAME_MAX = 100,
	VARIABLE_VALUE_MAX = 64 << 10
};

/* Bytes of the name that s starts with; 0: none. */
size_t variable_name_len(const char *s);
struct variable *variable_find(const struct variables *v, const char *name, size_t len);

/* struct replaced, for qsort and bsearch. */
int replaced_by_place(const void *a, const void *b);

#endif
