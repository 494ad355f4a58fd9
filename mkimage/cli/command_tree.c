#include "mkimage/cli/listing.h"

#include "mkimage/build/build.h"

int command_tree(struct cli *c)
{
	struct config config;
	struct plan plan;
	struct tree *t;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 || cli_plan(c, store, &config, &plan) < 0)
		return -1;
	AUTO_BUILD b = build_new(c->mem, &plan, store, (struct build_progress){ 0 });
	if (build_tree(b, &t, &c->d) < 0)
		return -1;
	print_tree(c, t->root, "", true);
	return 0;
}
