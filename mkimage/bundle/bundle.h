/*
 * One planned container -> the two files of its bundle. Pure: no I/O.
 *   config.json: OCI runtime-spec 1.2.1 config.md, config-linux.md; member order as LinuxKit writes
 * it runtime.json: LINUXKIT.md "runtime (per image)", all keys always present
 */
#ifndef BUNDLE_BUNDLE_H
#define BUNDLE_BUNDLE_H

#include "mkimage/plan/plan.h"

/* NUL-terminated, in the arena; indent: spaces, 4 as LinuxKit has it, 0 for one line. */
CHECK int bundle_config_json(struct arena *a, const struct service *s, unsigned indent, char **text,
	size_t *len, struct diags *d);
CHECK int bundle_runtime_json(struct arena *a, const struct service *s, unsigned indent,
	char **text, size_t *len, struct diags *d);

#endif
