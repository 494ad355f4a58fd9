#include "mkimage/cli/cli.h"

#include <string.h>

static bool there(
	struct cli *c, struct store *s, const struct y_str *name, const struct platform *p)
{
	/* What is missing is no mistake of the file: its diagnostics go nowhere. */
	struct diags quiet;
	struct image image;
	const char *ref, *why;
	diags_init(&quiet, c->mem);
	if (!name->v || reference_normalise(c->mem, name->v, &ref, &why) < 0)
		return true; /* plan_make says what is wrong with it */
	return store_image(s, c->mem, ref, p, &image, &quiet) == 0;
}

static bool items_there(
	struct cli *c, struct store *s, const struct image_items *l, const struct platform *p)
{
	for (size_t i = 0; i < l->len; i++) {
		if (!there(c, s, &l->items[i].image, p))
			return false;
	}
	return true;
}

static bool all_there(struct cli *c, struct store *s, const struct config *config)
{
	struct platform p = platform_host();
	struct diags quiet;
	diags_init(&quiet, c->mem);
	if (config->arch.v && platform_parse(c->mem, config->arch.v, &p, &quiet) < 0)
		return true;
	if (!there(c, s, &config->kernel.image, &p))
		return false;
	for (size_t i = 0; i < config->init.len; i++) {
		if (!there(c, s, &config->init.items[i], &p))
			return false;
	}
	for (size_t i = 0; i < config->volumes.len; i++) {
		if (!there(c, s, &config->volumes.items[i].image, &p))
			return false;
	}
	return items_there(c, s, &config->onboot, &p) &&
	       items_there(c, s, &config->onshutdown, &p) &&
	       items_there(c, s, &config->services, &p);
}

static int check(struct cli *c)
{
	struct config config;
	struct plan plan;
	if (cli_config(c, c->words.items[0], &config) < 0)
		return -1;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0)
		return -1;
	if (!all_there(c, store, &config))
		return 0;
	return plan_make(c->mem, &config, store, &plan, &c->d);
}

int command_check(struct cli *c)
{
	int rc = check(c);
	if (cli_flag(c, "json"))
		diags_print_json(&c->d, stdout);
	return rc;
}
