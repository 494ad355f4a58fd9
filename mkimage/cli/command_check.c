#include "mkimage/cli/locked.h"

#include "mkimage/check/check.h"

static void say_missing(struct cli *c, const struct missing_images *m)
{
	const char *more = m->len > 1 ? arena_fmt(c->mem, " and %zu more", m->len - 1) : "";
	if (m->len)
		note_at(&c->d, m->first->at, m->hint,
			"the image \"%s\"%s %s not in the store, so that nothing in %s is checked",
			m->first->v, more, m->len > 1 ? "are" : "is", m->len > 1 ? "them" : "it");
}

static int check_images(struct cli *c, struct config *config)
{
	struct plan_options options = { .skip_missing = true };
	struct plan plan;
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 || cli_plan_config(c, store, &options, config, &plan) < 0)
		return -1;
	say_missing(c, &plan.missing);
	return check_plan(&plan, store, &c->d);
}

static int check(struct cli *c)
{
	struct config config;
	if (cli_config(c, &config) < 0)
		return -1;
	int rc = check_images(c, &config);
	config_explain(&config, &c->d);
	return rc;
}

int command_check(struct cli *c)
{
	if (cli_flag(c, "linuxkit"))
		return cli_print_migration(c);
	int rc = check(c);
	if (cli_flag(c, "json"))
		diags_print_json(&c->d, stdout);
	return rc;
}
