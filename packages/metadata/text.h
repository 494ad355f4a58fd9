#ifndef PACKAGES_METADATA_TEXT_H
#define PACKAGES_METADATA_TEXT_H

#include "packages/metadata/metadata.h"

/*
 * The meta-data of a NoCloud disk, or `#cloud-config`: of its YAML only `local-hostname`,
 * `hostname`, `public-keys` and `ssh_authorized_keys`, one value, or one `- item`, or one `name:
 * item`, a line.
 */
void read_yaml(struct metadata *m, const char *text, size_t len);

#endif
