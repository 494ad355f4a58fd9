#include "mkimage/cli/cli.h"

#include "mkimage/pkg/pkg.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int cli_own_folder(struct cli *c, const char **out)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (len < 0)
		return fail_sys(&c->d, errno, "cannot tell where slipway is; use --programs");
	path[len] = '\0';
	char *slash = strrchr(path, '/');
	*out = arena_strn(c->mem, path, slash ? (size_t)(slash - path) : 0);
	return 0;
}

struct targets {
	struct platform *items;
	size_t len;
};

static int options(struct cli *c, bool force, struct pkg_options *o, struct targets *t)
{
	const struct option_value *programs = cli_option(c, "programs");
	*o = (struct pkg_options){ .force = force, .progress = cli_say, .ctx = c };
	if (cli_archs(c, &t->items, &t->len) < 0)
		return -1;
	o->platform = t->items[0];
	o->programs = programs->text;
	return programs->set ? 0 : cli_own_folder(c, &o->programs);
}

/* For every architecture asked for: one name. */
static int build_one(struct cli *c, struct store *s, const char *folder, struct pkg_options *o,
	const struct targets *t)
{
	const char *ref = NULL;
	for (size_t i = 0; i < t->len; i++) {
		bool built;
		o->platform = t->items[i];
		if (pkg_build(s, c->mem, folder, o, &ref, &built, &c->d) < 0)
			return t->len == 1 ? fail_ctx(&c->d, "building the package \"%s\"", folder)
					   : fail_ctx(&c->d, "building the package \"%s\" for %s",
						     folder, o->platform.arch);
		if (!built)
			cli_say(c, arena_fmt(c->mem, "%s is in the store already%s%s", ref,
					   t->len == 1 ? "" : ", for ",
					   t->len == 1 ? "" : o->platform.arch));
	}
	printf("%s\n", ref);
	fflush(stdout);
	return 0;
}

int command_pkg_build(struct cli *c)
{
	struct pkg_options o;
	struct targets t;
	AUTO_STORE store = NULL;
	if (options(c, cli_flag(c, "force"), &o, &t) < 0 || cli_store(c, &store) < 0)
		return -1;
	vec_each (const char *, folder, &c->words)
		if (build_one(c, store, *folder, &o, &t) < 0)
			return -1;
	return 0;
}

int command_pkg_show_tag(struct cli *c)
{
	struct pkg_options o;
	struct targets t;
	if (options(c, false, &o, &t) < 0)
		return -1;
	vec_each (const char *, folder, &c->words) {
		const char *ref;
		if (pkg_tag(c->mem, *folder, &o, &ref, &c->d) < 0)
			return fail_ctx(&c->d, "reading the package \"%s\"", *folder);
		printf("%s\n", ref);
	}
	return 0;
}
