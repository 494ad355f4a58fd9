/* The parts of `slipway run`. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "mkimage/cli/cli.h"
#include "mkimage/run/run.h"

/* What the options say about a machine. */
CHECK int run_options_read(struct cli *c, struct machine *m);
/* --exit-on: the plan's command line asks for it. */
CHECK int run_exit_on(struct cli *c, struct plan *plan, struct machine *m);
/*
 * --data: a volume for cloud-init's "NoCloud" and whoever reads what it does (a FAT file system
 * labelled CIDATA with user-data, meta-data and what else the folder has), made in folder.
 */
CHECK int run_seed(struct cli *c, struct machine *m, const char *folder);

#endif
