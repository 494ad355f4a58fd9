/* Images on demand: what a config names and the store lacks comes from its registry. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "mkimage/cli/cli.h"
#include "mkimage/registry/registry.h"

struct cli_fetch {
	struct cli *c;
	struct store *store;
	struct registry *session; /* opened by the first image that is asked for */
};

/* A session with the command's options, which says and shows what it does. */
CHECK int cli_registry(struct cli *c, struct registry **out);
/* Only commands with an option --offline do, unless it or SLIPWAY_OFFLINE is set. */
bool cli_may_fetch(const struct cli *c);
/* For plan_options.fetch. */
CHECK int cli_fetch(
	void *ctx, const char *ref, const struct platform *want, bool *got, struct diags *d);

#endif
