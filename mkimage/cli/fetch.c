#include "mkimage/cli/fetch.h"

#include "mkimage/cli/locked.h"
#include "mkimage/sbom/sbom.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 30 };

/* A bar on a terminal; elsewhere the lines of cli_say are enough. */
static void progress(void *ctx, uint64_t done, uint64_t total)
{
	static const char full[] = "##############################";
	struct cli *c = ctx;
	if (cli_flag(c, "quiet") || !isatty(STDERR_FILENO) || !total)
		return;
	int filled = (int)((double)done / (double)total * BAR);
	fprintf(stderr, "\r[%-*.*s] %3.0f%% of %.1f MB", BAR, filled, full,
		(double)done * 100 / (double)total, (double)total / 1e6);
	if (done >= total)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

int cli_registry(struct cli *c, struct registry **out)
{
	struct registry_options o = { .say = cli_say,
		.progress = progress,
		.ctx = c,
		.referrers = cli_asked(c, "referrers"),
		.brings = SBOM_TYPE,
		.brings_max = SBOM_MAX,
		.plain_http = cli_asked(c, "plain-http") };
	return registry_open(c->mem, &o, out, &c->d);
}

bool cli_may_fetch(const struct cli *c)
{
	const char *env = getenv("SLIPWAY_OFFLINE");
	for (size_t i = 0; i < c->command->options_len; i++)
		if (strcmp(c->command->options[i].name, "offline") == 0)
			return !c->values[i].set && !(env && *env);
	return false;
}

int cli_fetch(void *ctx, const char *ref, const struct platform *want, bool *got, struct diags *d)
{
	struct cli_fetch *f = ctx;
	struct registry_moved moved;
	if (!f->session && cli_registry(f->c, &f->session) < 0)
		return -1;
	if (!registry_serves(f->session, ref))
		return 0;
	if (registry_pull(f->session, f->store, ref, want, &moved, d) < 0)
		return -1;
	*got = true;
	return 0;
}
