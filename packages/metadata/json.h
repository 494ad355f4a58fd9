/* What clouds say as JSON. Each takes what is there, and is false when the text is no such JSON. */
#ifndef PACKAGES_METADATA_JSON_H
#define PACKAGES_METADATA_JSON_H

#include "packages/metadata/metadata.h"

#include <yyjson.h>

/* The object or array of a text; NULL: none. It lives until the next call. */
yyjson_val *json_root(const char *text, size_t len);

/* meta_data.json of OpenStack: hostname, public_keys. */
bool take_openstack(struct metadata *m, const char *text, size_t len);
/* Azure's instance: compute.osProfile.computerName, compute.publicKeys[].keyData, compute.userData
 * (base64). */
bool take_azure(struct metadata *m, const char *text, size_t len);
/* Scaleway's conf: hostname, ssh_public_keys[].key. */
bool take_scaleway(struct metadata *m, const char *text, size_t len);
/* A meta-data that is JSON: hostname, local-hostname, public-keys, public-keys-data. */
bool take_meta_data(struct metadata *m, const char *text, size_t len);
/* A list of keys. */
bool take_key_list(struct metadata *m, const char *text, size_t len);

#endif
