/* The lock beside a config, for the commands that use one. */
#ifndef CLI_LOCKED_H
#define CLI_LOCKED_H

#include "mkimage/cli/cli.h"
#include "mkimage/lock/lock.h"

/* Whether the command has that option and it is given. */
bool cli_asked(const struct cli *c, const char *name);
/* What --lock names, else "dir/os.lock" of the last "dir/os.yml"; NULL: the standard input has
 * none.
 */
const char *cli_lock_path(struct cli *c);
/* 1: read; 0: there is none; -1. */
CHECK int cli_lock_read(struct cli *c, const char *path, struct lock *out);
/* The platform that a config is planned for. */
CHECK int cli_platform(struct cli *c, const struct config *config, struct platform *out);
/* Whether the config fits; then the plan is to keep to the lock. */
CHECK int cli_lock_use(
	struct cli *c, const struct lock *l, const struct config *config, struct plan_options *o);
/* A plan without a look for a lock; images that the store lacks are fetched where the command may.
 */
CHECK int cli_plan_fetch(struct cli *c, struct store *s, struct plan_options *o,
	const struct config *config, struct plan *out);
/* A plan of the config that the command's words name; by its lock when there is one. */
CHECK int cli_plan_config(struct cli *c, struct store *s, struct plan_options *o,
	const struct config *config, struct plan *out);

#endif
