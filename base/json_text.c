#include "base/json.h"

#include <string.h>

/* yyjson's memory comes from the arena, where freeing is nothing and growing is copying. */
static void *take(void *ctx, size_t size)
{
	return arena_alloc(ctx, size);
}

static void *resize(void *ctx, void *old, size_t old_size, size_t size)
{
	return size <= old_size ? old : arena_grow(ctx, old, old_size, size);
}

static void give(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

static yyjson_alc memory_of(struct arena *a)
{
	return (yyjson_alc){ .malloc = take, .realloc = resize, .free = give, .ctx = a };
}

/* Whoever walks or copies a document later may recurse: no text nests deeper than JSON_DEPTH. */
static bool too_deep(const char *text, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '[') && ++depth > JSON_DEPTH)
			return true;
		else if (!quoted && (c == '}' || c == ']') && depth)
			depth--;
	}
	return false;
}

int json_parse(struct arena *a, const char *what, const char *text, size_t len, struct json *out,
	struct diags *d)
{
	struct json whole = { .mem = a, .what = what, .path = "" };
	if (too_deep(text, len))
		return json_fail(whole, NULL, d, "nests deeper than %d", JSON_DEPTH);
	yyjson_alc memory = memory_of(a);
	yyjson_read_err err = { 0 };
	/* Without YYJSON_READ_INSITU the text is only read. */
	yyjson_doc *doc = yyjson_read_opts(
		arena_strn(a, text, len), len, YYJSON_READ_NOFLAG, &memory, &err);
	if (!doc)
		return json_fail(whole, NULL, d, "is no JSON: %s at byte %zu",
			err.msg ? err.msg : "malformed", err.pos);
	whole.val = yyjson_doc_get_root(doc);
	*out = whole;
	return 0;
}

yyjson_mut_doc *json_new(struct arena *a)
{
	yyjson_alc memory = memory_of(a);
	return yyjson_mut_doc_new(&memory);
}

yyjson_mut_doc *json_copy(struct arena *a, struct json root)
{
	yyjson_mut_doc *doc = json_new(a);
	yyjson_mut_doc_set_root(doc, yyjson_val_mut_copy(doc, root.val));
	return doc;
}

void json_add_str(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *value)
{
	if (value)
		yyjson_mut_obj_add_strcpy(doc, object, key, value);
}

const char *json_write(struct arena *a, const yyjson_mut_doc *doc, unsigned indent, size_t *len)
{
	yyjson_alc memory = memory_of(a);
	yyjson_write_flag how = YYJSON_WRITE_NOFLAG;
	if (indent)
		how = indent == 2 ? YYJSON_WRITE_PRETTY_TWO_SPACES : YYJSON_WRITE_PRETTY;
	/* Strings that were not checked on their way in come out escaped rather than not at all. */
	return yyjson_mut_write_opts(
		doc, how | YYJSON_WRITE_ALLOW_INVALID_UNICODE, &memory, len, NULL);
}
