/* Inside cli/: the resolved config, printed. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "mkimage/plan/resolved.h"

/* A config in YAML that gives the same system; behind each value a comment says where it is from.
 */
void show_yaml(struct arena *a, const struct config *c, const struct resolved *root, FILE *to);
/* {"files": [...], "config": {...}, "origins": {JSON Pointer: {"from": ..., ...}}} */
const char *show_json(struct arena *a, const struct config *c, const struct resolved *root);

#endif
