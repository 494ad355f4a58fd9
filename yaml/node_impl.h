/* Inside yaml/: the limits of a text, and what the steps of reading one share. */
#ifndef YAML_NODE_IMPL_H
#define YAML_NODE_IMPL_H

#include "yaml/node.h"

#include <stdint.h>
#include <yaml.h>

enum {
	YAML_SIZE_MAX = 1 << 20,     /* bytes of a text */
	YAML_SCALAR_MAX = 256 << 10, /* bytes of one value */
	YAML_DEPTH_MAX = 64,
	YAML_NODES_MAX = 50000 /* with every alias counted as what it stands for */
};

/* The text and where its lines start: libyaml's marks count characters, carets need lines. */
struct yaml_text {
	const char *name;
	const char *bytes;
	size_t len;
	size_t *lines; /* byte offset of each line */
	size_t lines_len;
};

/*
 * Refuses what no YAML text may hold (bytes that are no UTF-8, control characters, a lone carriage
 * return) or what libyaml and editors count differently as lines (U+0085, U+2028, U+2029). A byte
 * order mark is passed over.
 */
CHECK int yaml_text_check(struct arena *a, const char *name, const char *bytes, size_t len,
	struct yaml_text *out, struct diags *d);

/* Characters from column col (from 1) to the end of the line, trailing blanks left out. */
uint32_t yaml_text_rest(const struct yaml_text *t, uint32_t line, uint32_t col);
/* The first byte of that place; '\0' at the end of the text. */
char yaml_text_at(const struct yaml_text *t, uint32_t line, uint32_t col);

struct pos yaml_text_pos(const struct yaml_text *t, yaml_mark_t from, yaml_mark_t to);
/* Records why the parser stopped. */
int yaml_syntax_error(const struct yaml_text *t, const yaml_parser_t *p, struct diags *d);

/* Core schema tags only. *text: the tag makes the value text whatever it looks like. */
CHECK int yaml_tag_check(
	struct diags *d, const yaml_char_t *tag, struct pos at, enum yaml_type type, bool *text);

/* Duplicate keys are errors; then the maps under `<<` give the keys that the map lacks. */
CHECK int yaml_map_finish(struct arena *a, struct yaml_node *map, struct diags *d);

#endif
