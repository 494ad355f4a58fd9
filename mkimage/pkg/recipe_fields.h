/* Fields of a recipe: a table per section drives parsing, type checks and "did you mean". */
#ifndef PKG_RECIPE_FIELDS_H
#define PKG_RECIPE_FIELDS_H

#include "base/diag.h"
#include "yaml/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A scalar and its place; v NULL when absent. */
struct r_str {
	const char *v;
	struct pos at;
};

/* Of strings. at is the list's own place; line 0 when absent. */
struct r_list {
	struct r_str *items;
	size_t len;
	struct pos at;
};

struct r_num {
	uint32_t v;
	bool set;
	struct pos at;
};

/* Sections that repeat: len structs of the section's size. */
struct r_items {
	void *items;
	size_t len;
};

enum field_type {
	FIELD_STR,     /* struct r_str, not empty */
	FIELD_TEXT,    /* struct r_str, may be empty */
	FIELD_LIST,    /* struct r_list */
	FIELD_NUM,     /* struct r_num: an id */
	FIELD_MODE,    /* struct r_num: an octal string, as in LinuxKit's files */
	FIELD_BOOL,    /* struct r_num: 0 or 1 */
	FIELD_NODE,    /* struct yaml_node *: a map, looked at later */
	FIELD_SECTION, /* struct of the section, which has a struct pos at its start */
	FIELD_ITEMS    /* struct r_items of such */
};

struct section;

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	const struct section *section; /* SECTION, ITEMS */
	bool required;
};

struct section {
	const char *name; /* for messages: "debian" */
	size_t size;
	const struct field *fields;
	size_t len;
};

/* Fills out (zeroed) from a map. All errors of the map are recorded before it fails. */
CHECK int section_read(struct arena *a, const struct section *s, const struct yaml_node *map,
	void *out, struct diags *d);

#endif
