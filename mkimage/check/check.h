/*
 * A plan against what is in its images: commands that are not there or cannot run on the machine,
 * places to mount on that cannot be made, ports that two services take. LinuxKit builds such a
 * config; here it is a mistake: an error in a Slipway file, a warning in a LinuxKit file.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "mkimage/plan/plan.h"

/* Unpacks layers into the store when they were not yet. */
CHECK int check_plan(const struct plan *p, struct store *s, struct diags *d);

#endif
