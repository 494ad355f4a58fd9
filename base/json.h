/*
 * JSON (RFC 8259) over yyjson, for texts that others wrote: sizes and depth are bounded, errors
 * name the text and the path of the value (`the manifest sha256:…: "layers[2].size" is no number of
 * bytes`), strings never hold a NUL, and an object that has a wanted key twice is refused, since
 * parsers differ in which one they take. Everything lives in the arena. A member that is null
 * counts as absent.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <yyjson.h>

enum { JSON_DEPTH = 64 };

/* One value, and how to call it in a message. val NULL: there is none. */
struct json {
	yyjson_val *val;
	struct arena *mem;
	const char *what; /* the text: "the manifest sha256:…" */
	const char *path; /* "layers[2]"; "" for the whole */
};

/* what is borrowed. Errors are KIND_INPUT. */
CHECK int json_parse(struct arena *a, const char *what, const char *text, size_t len,
	struct json *out, struct diags *d);

/* Records `WHAT: "PATH.key" <problem>`; key NULL: the value itself. Returns -1. */
int json_fail(struct json in, const char *key, struct diags *d, const char *fmt, ...) PRINTF(4, 5);

/* Members of an object. Absent: NULL or val NULL, and no error. */
CHECK int json_object(struct json in, const char *key, struct json *out, struct diags *d);
CHECK int json_array(struct json in, const char *key, struct json *out, struct diags *d);
CHECK int json_str(struct json in, const char *key, const char **out, struct diags *d);
/* Absent: *out stays. */
CHECK int json_u64(struct json in, const char *key, uint64_t *out, struct diags *d);
CHECK int json_bool(struct json in, const char *key, bool *out, struct diags *d);
/* An array of strings; absent: empty. */
CHECK int json_strings(struct json in, const char *key, struct strings *out, struct diags *d);
/* As above, but absent is an error. */
CHECK int json_need_object(struct json in, const char *key, struct json *out, struct diags *d);
CHECK int json_need_array(struct json in, const char *key, struct json *out, struct diags *d);
CHECK int json_need_str(struct json in, const char *key, const char **out, struct diags *d);
CHECK int json_need_u64(struct json in, const char *key, uint64_t *out, struct diags *d);

/* Elements of an array, or members of an object with their keys. Works on val NULL: none. */
struct json_each {
	struct json in;
	size_t index, len;
	yyjson_val *next;
};
struct json_each json_each(struct json in);
/* key may be NULL. *item's path is set. */
bool json_next(struct json_each *e, const char **key, struct json *item);
/* The value itself as a string. */
CHECK int json_as_str(struct json v, const char **out, struct diags *d);
CHECK int json_as_object(struct json v, struct diags *d);

/*
 * Writing: yyjson's mutable documents keep the order in which members are added. indent 0: one
 * line, no spaces; 2 or 4: pretty. NUL-terminated, in the arena.
 */
yyjson_mut_doc *json_new(struct arena *a);
/* A copy that can be changed. */
yyjson_mut_doc *json_copy(struct arena *a, struct json root);
/* A member, copied; none when value is NULL. */
void json_add_str(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *value);
const char *json_write(struct arena *a, const yyjson_mut_doc *doc, unsigned indent, size_t *len);

#endif
