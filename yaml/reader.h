/* Inside yaml/: what reading a config carries along, and how it reports. */
#ifndef YAML_READER_H
#define YAML_READER_H

#include "yaml/config.h"
#include "yaml/node.h"

struct field;
struct table;

struct reader {
	struct arena *mem;
	struct diags *d;
	bool strict;	     /* the file says slipway: 1 */
	const char *context; /* "checking service \"getty\"", or NULL */
};

/* Reading goes on after an error: the caller of config_parse looks at the count. */
void reader_fail(struct reader *r, struct pos at, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);
/* What LinuxKit accepts in silence: an error in a Slipway file, a warning in LinuxKit's. */
void reader_mistake(struct reader *r, struct pos at, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);
void reader_warn(struct reader *r, struct pos at, const char *hint, const char *fmt, ...)
	PRINTF(4, 5);
/* Enough errors: nobody reads more, so that looking for hints can stop. */
bool reader_full(const struct reader *r);
/* The same of what reader_mistake says. */
bool reader_mistakes_full(const struct reader *r);

/* map -> the struct of t at out; out NULL: only checked. Offsets are relative to out. */
void read_table(struct reader *r, const struct table *t, const struct yaml_node *map, void *out);

/* One scalar of each type, or an error; what is the key or item that messages name. */
bool read_str(struct reader *r, const char *what, const struct yaml_node *n, struct y_str *out);
/* As read_str, but a number counts as its text. */
bool read_word(struct reader *r, const char *what, const struct yaml_node *n, struct y_str *out);
bool read_bool(struct reader *r, const char *what, struct yaml_node *n, struct y_bool *out);
bool read_int(struct reader *r, const char *what, struct yaml_node *n, struct y_int *out);
bool read_id(struct reader *r, const char *what, const struct yaml_node *n, struct y_id *out);

/* A number with a unit; out NULL: only checked. */
void read_quantity(
	struct reader *r, const struct field *f, const struct yaml_node *n, struct y_int *out);

/* Lists and maps of scalars; out NULL: only checked. */
void read_strs(
	struct reader *r, const struct field *f, const struct yaml_node *n, struct y_list *out);
void read_map(
	struct reader *r, const struct field *f, const struct yaml_node *n, struct y_map *out);
void read_ids(
	struct reader *r, const struct field *f, const struct yaml_node *n, struct y_ids *out);
/* A list or a map, or an error. */
bool read_expect(
	struct reader *r, const struct field *f, const struct yaml_node *n, enum yaml_type type);
/* The text against the field's form. */
void read_form(struct reader *r, const struct field *f, const struct y_str *v);

#endif
