/*
 * JSON into C structs by one table of fields per object. Unknown keys are passed over (OCI runtime
 * spec, config.md "Extensibility"); known keys that this version does not carry out are refused by
 * their path. null counts as absent. Strings are borrowed from the parsed text, which lives in the
 * same arena.
 */
#ifndef RT_JSON_DECODE_H
#define RT_JSON_DECODE_H

#include "base/attr.h"
#include "system-runtime/common/error.h"
#include "system-runtime/common/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct strv {
	const char **v; /* NULL after the last */
	size_t n;
};

struct pair {
	const char *key, *value;
};

#define VEC(type)         \
	struct {          \
		type *v;  \
		size_t n; \
	}

typedef VEC(struct pair) pair_vec;

struct opt_int {
	int64_t v;
	bool set;
};

enum field_kind {
	F_STR,	   /* const char *, NULL when absent; never holds a NUL byte */
	F_BOOL,	   /* bool */
	F_U32,	   /* uint32_t */
	F_U64,	   /* uint64_t */
	F_INT,	   /* struct opt_int */
	F_STRV,	   /* struct strv */
	F_U32V,	   /* VEC(uint32_t) */
	F_PAIRS,   /* pair_vec: an object of strings */
	F_OBJ,	   /* struct *: NULL when absent */
	F_OBJV,	   /* VEC(struct) */
	F_MAP,	   /* VEC(struct) from an object of objects; the struct starts with its key */
	F_REFUSED, /* anything but null, false, "", [] or {}: refused; sub is then the hint */
};

struct table;

/* Inline and narrow: a pointer in a table costs 24 bytes more in a program that may be moved. */
struct field {
	char key[20]; /* longer: see field_key */
	uint16_t offset;
	uint8_t kind; /* enum field_kind */
	bool required;
	union {
		const struct table *sub;
		const char *hint; /* of F_REFUSED */
	};
};

/* The few keys that are longer: the field's is then KEY and one of these digits. */
#define KEY	       "\1"
#define KEY_READ_BPS   KEY "0"
#define KEY_WRITE_BPS  KEY "1"
#define KEY_READ_IOPS  KEY "2"
#define KEY_WRITE_IOPS KEY "3"
#define KEY_IO_BYTES   KEY "4"
const char *field_key(const struct field *f);

struct table {
	const struct field *fields;
	uint32_t size, n; /* at most 64 fields */
};

#define FIELD(type, member, k)                                              \
	{                                                                   \
		.key = #member, .kind = k, .offset = offsetof(type, member) \
	}
#define FIELD_NAMED(type, json, member, k)                               \
	{                                                                \
		.key = json, .kind = k, .offset = offsetof(type, member) \
	}
#define FIELD_NEEDED(type, member, k)                                                         \
	{                                                                                     \
		.key = #member, .kind = k, .offset = offsetof(type, member), .required = true \
	}
#define FIELD_SUB(type, member, k, t)                                                    \
	{                                                                                \
		.key = #member, .kind = k, .offset = offsetof(type, member), .sub = &(t) \
	}
#define FIELD_LONG(type, json, member, k, t)                                          \
	{                                                                             \
		.key = json, .kind = k, .offset = offsetof(type, member), .sub = &(t) \
	}
#define FIELD_REFUSED(json, why)                            \
	{                                                   \
		.key = json, .kind = F_REFUSED, .hint = why \
	}
#define TABLE(type, f)                                                 \
	{                                                              \
		.size = sizeof(type), .fields = (f), .n = ARRAY_LEN(f) \
	}

/* The arena that len bytes of JSON and their structs need. */
size_t json_mem_size(size_t len);

/*
 * Decodes text (len bytes) into *out, which is table->size bytes and zeroed. name is what errors
 * call the document ("config.json"). text must stay as long as m; it is not changed.
 */
CHECK int json_decode(struct mem *m, const char *name, const char *text, size_t len,
	const struct table *table, void *out, struct rt_error *e);

/* Opens the file, takes an arena that fits and decodes. On failure m is closed. */
CHECK int json_decode_file(struct mem *m, int dir, const char *path, const struct table *table,
	void *out, struct rt_error *e);

/* A list of texts; m is opened, and the caller closes it. */
CHECK int json_list(struct mem *m, const char *json, struct strv *out, struct rt_error *e);

/* Of a file, in bytes; of any document, in objects and lists within each other. */
enum { JSON_FILE_MAX = 1 << 20, JSON_DEPTH_MAX = 64 };

#endif
