/* slipway bundle: a config and all that its lock names as one archive, and back. */
#include "mkimage/cli/locked.h"

#include "base/json.h"
#include "mkimage/lock/pack.h"

#include <string.h>

/* "./os.yml" -> "os.yml" */
static const char *plain(const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		path += 2 + strspn(path + 2, "/");
	return path;
}

static int pack(struct cli *c, struct store *s, struct config *config, const char *to)
{
	struct plan_options o = { 0 };
	struct plan plan;
	struct lock lock;
	struct pack p = { .lock = &lock, .plan = &plan, .to = to };
	const char *path = cli_lock_path(c);
	int locked = cli_lock_read(c, path, &lock);
	if (locked < 0)
		return -1;
	if (!locked)
		return fail(&c->d, KIND_INTEGRITY,
			arena_fmt(c->mem, "write it: slipway lock %s", c->words.items[0]),
			"there is no lock \"%s\"", path ? path : "of the standard input");
	if (cli_plan_config(c, s, &o, config, &plan) < 0)
		return -1;
	vec_each (struct config_source, f, &config->sources)
		vec_push(c->mem, &p.configs, plain(f->name));
	vec_each (const char *, f, &cli_option(c, "env-file")->list)
		vec_push(c->mem, &p.configs, plain(*f));
	p.lock_path = plain(path);
	return pack_write(c->mem, s, &p, &c->d);
}

int command_bundle(struct cli *c)
{
	const struct option_value *output = cli_option(c, "output");
	const char *name = cli_base_name(c->mem, c->words.items[c->words.len - 1]);
	const char *to = output->set ? output->text : arena_fmt(c->mem, "%s.bundle.tar", name);
	struct config config;
	AUTO_STORE store = NULL;
	size_t len = strlen(to);
	if (len < 5 || strcmp(to + len - 4, ".tar") != 0)
		return fail(&c->d, KIND_USAGE, "as in os.bundle.tar",
			"the name of a bundle ends \".tar\", not as \"%s\" does", to);
	if (cli_config(c, &config) < 0 || cli_store(c, &store) < 0)
		return -1;
	int rc = pack(c, store, &config, to);
	config_explain(&config, &c->d);
	if (rc == 0)
		cli_say(c, arena_fmt(c->mem, "%s holds all that the lock names", to));
	return rc;
}

int command_bundle_import(struct cli *c)
{
	const struct option_value *output = cli_option(c, "output");
	struct strings paths = { 0 };
	AUTO_STORE store = NULL;
	if (cli_store(c, &store) < 0 ||
		pack_read(c->mem, store, c->words.items[0], output->set ? output->text : ".",
			&paths, &c->d) < 0)
		return -1;
	vec_each (const char *, p, &paths)
		printf("%s\n", cli_safe(c->mem, *p));
	return 0;
}
