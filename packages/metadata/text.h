#ifndef PACKAGES_METADATA_TEXT_H
#define PACKAGES_METADATA_TEXT_H

#include "packages/metadata/metadata.h"

#include <sys/types.h>

/*
 * The meta-data of a NoCloud disk, or `#cloud-config`: of its YAML only `local-hostname`,
 * `hostname`, `public-keys` and `ssh_authorized_keys`, one value, or one `- item`, or one `name:
 * item`, a line.
 */
void read_yaml(struct metadata *m, const char *text, size_t len);

/* RFC 4648, line ends left out; in place is allowed. The length, or -1. */
CHECK ssize_t unbase64(const char *from, size_t len, char *to);

#endif
