/* /run/config, as LinuxKit has it: provider, hostname, userdata, ssh/authorized_keys, and the files
 * that JSON in the user's data names. */
#ifndef PACKAGES_METADATA_OUTPUT_H
#define PACKAGES_METADATA_OUTPUT_H

#include "packages/metadata/metadata.h"

CHECK int write_config(const char *folder, const char *provider, const struct metadata *m);

/* The user's data as files; for the fuzzer too: folder -1 writes nothing. The number of files, or
 * -1: no such JSON. */
int write_tree(int folder, const char *json, size_t len);

#endif
