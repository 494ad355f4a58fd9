/* How the bundle's JSON is put together: the shapes that several sections share. */
#ifndef BUNDLE_BUNDLE_IMPL_H
#define BUNDLE_BUNDLE_IMPL_H

#include "base/json.h"
#include "mkimage/bundle/bundle.h"

/* A document being made. Values are borrowed until bundle_finish. */
struct json_out {
	struct arena *mem;
	yyjson_mut_doc *doc;
	struct diags *d;
};

yyjson_mut_val *bundle_object(struct json_out *o);
yyjson_mut_val *bundle_array(struct json_out *o);
/* Adds a member; the key is borrowed. */
void bundle_add(struct json_out *o, yyjson_mut_val *obj, const char *key, yyjson_mut_val *val);
void bundle_add_str(struct json_out *o, yyjson_mut_val *obj, const char *key, const char *val);
void bundle_add_uint(struct json_out *o, yyjson_mut_val *obj, const char *key, uint64_t val);
void bundle_add_int(struct json_out *o, yyjson_mut_val *obj, const char *key, int64_t val);
void bundle_add_true(struct json_out *o, yyjson_mut_val *obj, const char *key);

/* These leave the member out when there is nothing to say, as Go's omitempty does. */
void bundle_opt_str(struct json_out *o, yyjson_mut_val *obj, const char *key, const char *val);
void bundle_opt_strings(
	struct json_out *o, yyjson_mut_val *obj, const char *key, const struct strings *list);
void bundle_opt_map(
	struct json_out *o, yyjson_mut_val *obj, const char *key, const struct labels *map);
void bundle_opt_ids(struct json_out *o, yyjson_mut_val *obj, const char *key,
	const struct id_mapping *items, size_t len);

/* An array, empty or not. */
yyjson_mut_val *bundle_strings(struct json_out *o, const struct strings *list);
yyjson_mut_val *bundle_mount(struct json_out *o, const struct mount_point *m);

/* config-linux.md */
CHECK int bundle_linux(struct json_out *o, const struct service *s, yyjson_mut_val **out);
/* config-linux.md "Control groups"; node may be NULL. */
CHECK int bundle_resources(struct json_out *o, const struct service *s, yyjson_mut_val **out);

/* config-linux.md "Seccomp". */
yyjson_mut_val *bundle_seccomp(struct json_out *o, const struct seccomp *s);
/* The key limits:, added to LinuxResources. */
void bundle_limits(struct json_out *o, const struct limit_options *l, yyjson_mut_val *resources);

/* 4-space indent, and <, >, & written as Go's encoder does, so that the text is LinuxKit's. */
CHECK int bundle_finish(struct json_out *o, unsigned indent, char **text, size_t *len);

#endif
