#include "mkimage/cli/cli.h"
#include "mkimage/cli/show.h"

#include "base/json.h"

#include <string.h>

struct json_out {
	struct arena *mem;
	yyjson_mut_doc *doc;
	yyjson_mut_val *origins;
};

static const char *kind_word(enum origin_kind kind)
{
	switch (kind) {
	case ORIGIN_FILE:
		return "file";
	case ORIGIN_LABEL:
		return "label";
	case ORIGIN_IMAGE:
		return "image";
	case ORIGIN_OPTION:
		return "option";
	case ORIGIN_DEFAULT:
		return "default";
	case ORIGIN_PARTS:
		break;
	}
	return NULL;
}

static void add_origin(struct json_out *j, const char *pointer, const struct origin *o)
{
	yyjson_mut_val *v = yyjson_mut_obj(j->doc);
	if (o->kind == ORIGIN_PARTS)
		return;
	json_add_str(j->doc, v, "from", kind_word(o->kind));
	if (o->kind == ORIGIN_FILE || o->kind == ORIGIN_LABEL) {
		json_add_str(j->doc, v, "file", o->at.file);
		yyjson_mut_obj_add_uint(j->doc, v, "line", o->at.line);
		yyjson_mut_obj_add_uint(j->doc, v, "column", o->at.col);
	}
	json_add_str(j->doc, v, "variables", o->variables);
	yyjson_mut_obj_add(j->origins, yyjson_mut_str(j->doc, pointer), v);
}

/* RFC 6901. */
static const char *below(struct arena *a, const char *pointer, const char *key)
{
	size_t len = strlen(pointer);
	char *out = arena_alloc(a, len + strlen(key) * 2 + 2), *to = out + len;
	memcpy(out, pointer, len);
	*to++ = '/';
	for (; *key; key++) {
		if (*key == '~' || *key == '/')
			*to++ = '~';
		*to++ = (char)(*key == '~' ? '0' : *key == '/' ? '1' : *key);
	}
	*to = '\0';
	return out;
}

static yyjson_mut_val *value(struct json_out *j, const char *pointer, const struct resolved *v)
{
	add_origin(j, pointer, &v->from);
	switch (v->type) {
	case RESOLVED_TEXT:
		return yyjson_mut_str(j->doc, v->text);
	case RESOLVED_WORD:
		return yyjson_mut_raw(j->doc, v->text);
	case RESOLVED_LIST:
	case RESOLVED_MAP:
		break;
	}
	yyjson_mut_val *out = v->type == RESOLVED_MAP ? yyjson_mut_obj(j->doc)
						      : yyjson_mut_arr(j->doc);
	for (size_t i = 0; i < v->kids.len; i++) {
		const struct resolved *k = v->kids.items[i];
		const char *key = k->key ? k->key : arena_fmt(j->mem, "%zu", i);
		yyjson_mut_val *one = value(j, below(j->mem, pointer, key), k);
		if (v->type == RESOLVED_MAP)
			yyjson_mut_obj_add(out, yyjson_mut_str(j->doc, key), one);
		else
			yyjson_mut_arr_append(out, one);
	}
	return out;
}

static yyjson_mut_val *files(struct json_out *j, const struct config *c)
{
	yyjson_mut_val *list = yyjson_mut_arr(j->doc);
	vec_each (struct config_source, s, &c->sources) {
		yyjson_mut_val *v = yyjson_mut_obj(j->doc);
		json_add_str(j->doc, v, "name", s->name);
		if (s->included) {
			yyjson_mut_val *by = yyjson_mut_obj(j->doc);
			json_add_str(j->doc, by, "file", s->at.file);
			yyjson_mut_obj_add_uint(j->doc, by, "line", s->at.line);
			yyjson_mut_obj_add_uint(j->doc, by, "column", s->at.col);
			yyjson_mut_obj_add_val(j->doc, v, "includedBy", by);
		}
		yyjson_mut_arr_append(list, v);
	}
	return list;
}

const char *show_json(struct arena *a, const struct config *c, const struct resolved *root)
{
	struct json_out j = { .mem = a, .doc = json_new(a) };
	yyjson_mut_val *out = yyjson_mut_obj(j.doc);
	size_t len;
	j.origins = yyjson_mut_obj(j.doc);
	yyjson_mut_doc_set_root(j.doc, out);
	yyjson_mut_obj_add_val(j.doc, out, "files", files(&j, c));
	yyjson_mut_obj_add_val(j.doc, out, "config", value(&j, "", root));
	yyjson_mut_obj_add_val(j.doc, out, "origins", j.origins);
	return json_write(a, j.doc, 2, &len);
}
