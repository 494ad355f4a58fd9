/* "@pkg:FOLDER" instead of an image's name: the tag that the package in that folder has now. */
#include "mkimage/cli/cli.h"

#include "mkimage/pkg/pkg.h"

#include <string.h>

static const char prefix[] = "@pkg:";

/* Folders count from the folder of the file that names them. */
static const char *folder_of(struct arena *a, const struct y_str *y)
{
	const char *path = y->v + strlen(prefix), *slash = strrchr(y->at.file, '/');
	if (path[0] == '/' || !slash)
		return path;
	return arena_fmt(a, "%.*s/%s", (int)(slash - y->at.file), y->at.file, path);
}

static int resolve(struct cli *c, const struct config *config, struct y_str *y)
{
	struct pkg_options o = { .platform = platform_host(), .progress = cli_say, .ctx = c };
	unsigned before = c->d.errors;
	const char *ref;
	if (!y->v || strncmp(y->v, prefix, strlen(prefix)) != 0)
		return 0;
	if (strcmp(y->at.file, "<stdin>") == 0)
		return fail_at(&c->d, y->at, "write the file's name instead of `-`",
			"\"%s\" has no folder to start from in standard input", y->v);
	if ((config->arch.v && platform_parse(c->mem, config->arch.v, &o.platform, &c->d) < 0) ||
		cli_own_folder(c, &o.programs) < 0 ||
		pkg_tag(c->mem, folder_of(c->mem, y), &o, &ref, &c->d) < 0) {
		struct diag *g = c->d.last;
		if (g && c->d.errors > before && !g->at.line)
			g->at = y->at;
		return fail_ctx(&c->d, "resolving \"%s\"", y->v);
	}
	y->v = ref;
	return 0;
}

static int items(struct cli *c, const struct config *config, const struct image_items *l)
{
	for (size_t i = 0; i < l->len; i++) {
		if (resolve(c, config, &l->items[i].image) < 0)
			return -1;
	}
	return 0;
}

int cli_templates(struct cli *c, struct config *config)
{
	if (resolve(c, config, &config->kernel.image) < 0)
		return -1;
	for (size_t i = 0; i < config->init.len; i++) {
		if (resolve(c, config, &config->init.items[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < config->volumes.len; i++) {
		if (resolve(c, config, &config->volumes.items[i].image) < 0)
			return -1;
	}
	if (items(c, config, &config->onboot) < 0 || items(c, config, &config->onshutdown) < 0)
		return -1;
	return items(c, config, &config->services);
}
