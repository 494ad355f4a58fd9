/* Inside the lock: packages as one line, and their order. */
#ifndef LOCK_LOCK_IMPL_H
#define LOCK_LOCK_IMPL_H

#include "mkimage/lock/lock.h"

/* "NAME VERSION ARCH DIGEST[ DIGEST]"; -1 when it is not that. digests points into line. */
CHECK int locked_package_parse(struct arena *a, const char *line, struct locked_package *out);
int locked_package_order(const struct locked_package *x, const struct locked_package *y);

/* What the config's variables were given, sorted by name. */
void lock_values(struct arena *a, const struct config *c, struct locked_values *out);

#endif
