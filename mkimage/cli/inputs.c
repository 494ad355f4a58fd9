/* What commands start from: the store, a config, a plan. */
#include "mkimage/cli/locked.h"

#include "mkimage/check/check.h"

#include <string.h>

void cli_say(void *ctx, const char *line)
{
	const struct cli *c = ctx;
	if (!cli_flag(c, "quiet"))
		fprintf(stderr, "slipway: %s\n", cli_safe(c->mem, line));
}

const char *cli_safe(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	char *out = arena_alloc(a, len * 4 + 1), *to = out;
	for (const char *p = text; *p; p++) {
		unsigned char b = (unsigned char)*p;
		if (b < 0x20 || b == 0x7f)
			to += snprintf(to, 5, "\\x%02x", b);
		else
			*to++ = *p;
	}
	return out;
}

int cli_store(struct cli *c, struct store **out)
{
	return store_open(c->mem, cli_option(c, "store")->text, out, &c->d);
}

static int arch_parse(struct cli *c, const char *text, struct platform *out)
{
	if (platform_parse(c->mem, text, out, &c->d) < 0) {
		c->d.last->kind = KIND_USAGE;
		return -1;
	}
	if (strcmp(out->arch, "amd64") != 0 && strcmp(out->arch, "arm64") != 0)
		return fail(&c->d, KIND_USAGE, "amd64 and arm64 are",
			"\"%s\" is no architecture that images are built for", text);
	return 0;
}

int cli_arch(struct cli *c, struct platform *out)
{
	const struct option_value *arch = cli_option(c, "arch");
	*out = platform_host();
	return arch->set ? arch_parse(c, arch->text, out) : 0;
}

int cli_archs(struct cli *c, struct platform **out, size_t *len)
{
	const struct strings *words = &cli_option(c, "arch")->list;
	struct platform *all = arena_array(c->mem, words->len + 1, sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < words->len; i++) {
		if (arch_parse(c, words->items[i], &all[n]) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			if (strcmp(all[k].arch, all[n].arch) == 0)
				return fail(&c->d, KIND_USAGE, NULL, "--arch names \"%s\" twice",
					all[n].arch);
		n++;
	}
	if (!n)
		all[n++] = platform_host();
	*out = all;
	*len = n;
	return 0;
}

int cli_config(struct cli *c, struct config *out)
{
	const struct config_input in = { .files = c->words,
		.set = cli_option(c, "set")->list,
		.env_files = cli_option(c, "env-file")->list };
	struct platform p;
	if (cli_arch(c, &p) < 0 || config_load(c->mem, &in, out, &c->d) < 0)
		return -1;
	if (cli_option(c, "arch")->set)
		out->arch = (struct y_str){ .v = p.arch };
	return cli_templates(c, out);
}

int cli_plan(struct cli *c, struct store *s, struct config *config, struct plan *out)
{
	struct plan_options options = { 0 };
	if (cli_config(c, config) < 0)
		return -1;
	int rc = cli_plan_config(c, s, &options, config, out);
	config_explain(config, &c->d);
	return rc;
}

int cli_checked_plan(struct cli *c, struct store *s, struct config *config, struct plan *out)
{
	if (cli_plan(c, s, config, out) < 0)
		return -1;
	int rc = check_plan(out, s, &c->d);
	config_explain(config, &c->d);
	return rc;
}

const char *cli_base_name(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = strlen(base);
	const char *dot = strrchr(base, '.');
	if (dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0))
		len = (size_t)(dot - base);
	return len && strcmp(base, "-") != 0 ? arena_strn(a, base, len) : "slipway";
}
