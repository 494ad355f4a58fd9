/*
 * What a scalar is. The rules are those of LinuxKit's parser (yaml.v3), so that a file means the
 * same here: YAML 1.2's core schema, 1.1's forms of numbers (0755 is octal, 0b1, 1_000), and
 * yes/no/on/off as text.
 */
#ifndef YAML_SCALAR_H
#define YAML_SCALAR_H

#include "yaml/node.h"

#include <stdint.h>

enum scalar_kind {
	SCALAR_TEXT,
	SCALAR_WORD, /* text here, a boolean for YAML 1.1: yes, no, on, off */
	SCALAR_DATE, /* text here, a date for other parsers */
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_INT,
	SCALAR_FLOAT
};

/* n is a YAML_SCALAR. */
enum scalar_kind scalar_kind(const struct yaml_node *n);
/* SCALAR_BOOL. */
bool scalar_bool(const struct yaml_node *n);
/* SCALAR_INT. False when the number does not fit. *octal: a leading 0 makes it octal here and
 * decimal for YAML 1.2. */
bool scalar_int(const struct yaml_node *n, int64_t *out, bool *octal);
/* How messages call it: "a number", "text", "empty", … */
const char *scalar_word(const struct yaml_node *n);

#endif
