/*
 * The commands. One table per command says which options it takes; it drives parsing, --help and
 * "did you mean". This folder is the only one that prints.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/diag.h"
#include "mkimage/plan/plan.h"
#include "mkimage/store/store.h"

#include <stdbool.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_WORDS,  /* a,b,c; may be repeated */
	OPTION_REPEAT, /* may be repeated, one value each time */
	OPTION_NUMBER  /* from 1 up */
};

struct option {
	char letter; /* 0: none */
	const char *name;
	enum option_type type;
	const char *value; /* how help calls it; NULL for a flag */
	const char *help;
};

struct cli;

struct command {
	const char *name;  /* "build", "image ls" */
	const char *words; /* "FILE.yml" */
	const char *help;  /* one line */
	unsigned min, max; /* number of words */
	bool rest;	   /* takes what follows -- */
	const struct option *options;
	size_t options_len;
	CHECK int (*run)(struct cli *c);
};

struct option_value {
	bool set;
	const char *text;
	struct strings list;
	unsigned number;
};

struct cli {
	struct arena *mem;
	struct diags d;
	const struct command *command;
	struct option_value *values; /* one per option of the command, then the common ones */
	struct strings words, rest;
	int status; /* instead of 0, when all went well: QEMU's */
};

extern const struct command commands[];
extern const size_t commands_len;
/* Options that every command takes. */
extern const struct option common_options[];
extern const size_t common_options_len;

/* argv without the program. *help: print help, of c->command or (NULL) of all. */
CHECK int cli_parse(struct cli *c, int argc, char **argv, bool *help);
void cli_help(const struct cli *c, FILE *to);
/* An option's value; asking for one that the command has not is our bug and aborts. */
const struct option_value *cli_option(const struct cli *c, const char *name);
bool cli_flag(const struct cli *c, const char *name);

/* "slipway: line" on stderr, unless -q. */
void cli_say(void *ctx, const char *line);
/* A text from elsewhere, with control bytes escaped. */
const char *cli_safe(struct arena *a, const char *text);

/* The store that --store, SLIPWAY_STORE or the user's folder names. */
CHECK int cli_store(struct cli *c, struct store **out);
static inline void cli_store_drop(struct store **s)
{
	if (*s)
		store_close(s);
}
#define AUTO_STORE __attribute__((cleanup(cli_store_drop))) struct store *
/* What --arch names, which must be one that images are built for, or this machine. */
CHECK int cli_arch(struct cli *c, struct platform *out);
/* The same where --arch takes several; each once. */
CHECK int cli_archs(struct cli *c, struct platform **out, size_t *len);
/* The config that all words name together, with --set, --env-file and --arch applied. */
CHECK int cli_config(struct cli *c, struct config *out);
/* "@pkg:FOLDER" in the config -> the package's tag. */
CHECK int cli_templates(struct cli *c, struct config *config);
/* Where our own program lies: the target's programs are built beside it. */
CHECK int cli_own_folder(struct cli *c, const char **out);
/* "os" of "dir/os.yml". */
const char *cli_base_name(struct arena *a, const char *path);
/* The same, and its plan. */
CHECK int cli_plan(struct cli *c, struct store *s, struct config *config, struct plan *out);
/* As above, for what will run: with a look into the images. */
CHECK int cli_checked_plan(struct cli *c, struct store *s, struct config *config, struct plan *out);

/* What a LinuxKit file means here, and what to change in it. */
CHECK int cli_print_migration(struct cli *c);

CHECK int command_build(struct cli *c);
CHECK int command_run(struct cli *c);
CHECK int command_check(struct cli *c);
CHECK int command_lock(struct cli *c);
CHECK int command_bundle(struct cli *c);
CHECK int command_keys(struct cli *c);
CHECK int command_bundle_import(struct cli *c);
CHECK int command_show(struct cli *c);
CHECK int command_tree(struct cli *c);
CHECK int command_inspect(struct cli *c);
CHECK int command_ls(struct cli *c);
CHECK int command_cat(struct cli *c);
CHECK int command_extract(struct cli *c);
CHECK int command_diff(struct cli *c);
CHECK int command_image_ls(struct cli *c);
CHECK int command_image_pull(struct cli *c);
CHECK int command_image_push(struct cli *c);
CHECK int command_image_referrers(struct cli *c);
CHECK int command_image_import(struct cli *c);
CHECK int command_image_export(struct cli *c);
CHECK int command_image_gc(struct cli *c);
CHECK int command_image_rm(struct cli *c);
CHECK int command_image_verify(struct cli *c);
CHECK int command_image_inspect(struct cli *c);
CHECK int command_pkg_build(struct cli *c);
CHECK int command_pkg_push(struct cli *c);
CHECK int command_pkg_show_tag(struct cli *c);
CHECK int command_formats(struct cli *c);
CHECK int command_schema(struct cli *c);
CHECK int command_completion(struct cli *c);
CHECK int command_verify(struct cli *c);
CHECK int command_version(struct cli *c);

#endif
