/*
 * What `features` prints (runtime-spec features.md, features-linux.md), out of the tables that read
 * config.json: the two cannot differ.
 */
#ifndef RT_OCI_FEATURES_H
#define RT_OCI_FEATURES_H

#include "system-runtime/json/write.h"
#include "system-runtime/oci/spec.h"

void features_write(struct json_out *o);

/* prefix + name of each entry of a table; name is the entry's first member, a const char *. */
void features_words(struct json_out *o, const char *key, const char *prefix, const void *table,
	size_t entry, size_t n);
#define FEATURES_WORDS(o, key, prefix, table) \
	features_words(o, key, prefix, table, sizeof((table)[0]), ARRAY_LEN(table))

/* Where the tables are; each writes its keys. */
void namespace_features(struct json_out *o);
void cap_features(struct json_out *o);
void mount_features(struct json_out *o);
void memory_policy_features(struct json_out *o);
void seccomp_features(struct json_out *o);

#endif
