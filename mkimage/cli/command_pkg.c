#include "mkimage/cli/fetch.h"
#include "mkimage/cli/version.h"

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
	*o = (struct pkg_options){
		.force = force, .version = SLIPWAY_VERSION, .progress = cli_say, .ctx = c
	};
	if (cli_archs(c, &t->items, &t->len) < 0)
		return -1;
	o->platform = t->items[0];
	o->programs = programs->text;
	return programs->set ? 0 : cli_own_folder(c, &o->programs);
}

/* For every architecture asked for: one name. */
static int build_all(struct cli *c, struct store *s, const char *folder, struct pkg_options *o,
	const struct targets *t, const char **out)
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
	*out = ref;
	return 0;
}

int command_pkg_build(struct cli *c)
{
	struct pkg_options o;
	struct targets t;
	AUTO_STORE store = NULL;
	if (options(c, cli_flag(c, "force"), &o, &t) < 0 || cli_store(c, &store) < 0)
		return -1;
	vec_each (const char *, folder, &c->words) {
		const char *ref;
		if (build_all(c, store, *folder, &o, &t, &ref) < 0)
			return -1;
		printf("%s\n", ref);
		fflush(stdout);
	}
	return 0;
}

/* "slipway/NAME:TAG" -> "PREFIX/NAME:TAG" */
static const char *pushed_name(struct cli *c, const char *ref)
{
	const char *prefix = cli_option(c, "to")->text;
	size_t len = strlen(prefix);
	while (len && prefix[len - 1] == '/')
		len--;
	return arena_fmt(c->mem, "%.*s%s", (int)len, prefix, strchr(ref, '/'));
}

/* Under its tag, then as the newest, as `pkg build` names both in the store. */
static int push(struct cli *c, struct store *s, struct registry *r, const char *ref)
{
	struct registry_moved m, latest;
	const char *to = pushed_name(c, ref);
	const char *newest = arena_fmt(c->mem, "%.*s:latest", (int)(strrchr(to, ':') - to), to);
	if (registry_push(r, s, ref, to, NULL, &m, &c->d) < 0 ||
		registry_push(r, s, ref, newest, NULL, &latest, &c->d) < 0)
		return -1;
	printf("%s\n", m.name);
	fflush(stdout);
	return 0;
}

int command_pkg_push(struct cli *c)
{
	struct pkg_options o;
	struct targets t;
	AUTO_STORE store = NULL;
	AUTO_REGISTRY r = NULL;
	if (!cli_option(c, "to")->set)
		return fail(&c->d, KIND_USAGE, "as in --to registry.example/team",
			"`slipway pkg push` needs to know where to: --to PREFIX");
	if (options(c, false, &o, &t) < 0 || cli_store(c, &store) < 0 || cli_registry(c, &r) < 0)
		return -1;
	vec_each (const char *, folder, &c->words) {
		const char *ref;
		if (build_all(c, store, *folder, &o, &t, &ref) < 0 || push(c, store, r, ref) < 0)
			return fail_ctx(&c->d, "pushing the package \"%s\"", *folder);
	}
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
