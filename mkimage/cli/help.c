#include "mkimage/cli/cli.h"
#include "mkimage/cli/version.h"

#include <string.h>

static void options(const struct option *o, size_t len, FILE *to)
{
	for (size_t i = 0; i < len; i++, o++) {
		char left[64], letter[5] = "    ";
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->value ? " " : "",
			o->value ? o->value : "");
		fprintf(to, "  %-28s %s\n", left, o->help);
	}
}

static void help_of(const struct command *k, FILE *to)
{
	fprintf(to, "usage: slipway %s [OPTION]...%s%s%s\n\n%s\n\noptions:\n", k->name,
		*k->words ? " " : "", k->words, k->rest ? " [-- ARGUMENT...]" : "", k->help);
	options(k->options, k->options_len, to);
	options(common_options, common_options_len, to);
}

void cli_help(const struct cli *c, FILE *to)
{
	if (c->command) {
		help_of(c->command, to);
		return;
	}
	fprintf(to, "slipway " SLIPWAY_VERSION
		    ": builds immutable operating systems whose only job is to run "
		    "containers\n\nusage: slipway COMMAND [OPTION]... [WORD]...\n\ncommands:\n");
	for (size_t i = 0; i < commands_len; i++) {
		char left[64];
		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].words);
		fprintf(to, "  %-28s %s\n", left, commands[i].help);
	}
	fprintf(to,
		"\n`slipway COMMAND --help` says more. SLIPWAY_STORE names the store (default: the user's "
		"cache folder).\n");
}
