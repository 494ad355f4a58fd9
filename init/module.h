/*
 * Loading kernel modules with what they depend on, from /lib/modules/VERSION of whatever root we
 * are on. A module that is loaded or built in already is success.
 */
#ifndef INIT_MODULE_H
#define INIT_MODULE_H

#include "init/modalias.h"

enum module_result {
	MODULE_LOADED = 0, /* or there already */
	MODULE_ABSENT,	   /* no such module here */
	MODULE_UNUSED,	   /* blacklisted, or a driver that saw no device of its own */
	MODULE_FAILED,	   /* fail_reason() says why */
};

/* Maps the indexes; they stay mapped until module_close. Fine to call again. */
void module_open(void);
void module_close(void);

enum module_result module_load(struct span name);
/* Everything that drives what the set names. Failures are logged and go on. */
void module_load_aliases(const struct modalias_set *set);
/* A name, or else every module that has it as an alias ("fs-squashfs"). */
enum module_result module_load_any(const char *name);

/* The command: modprobe [-abqsv] [--] NAME|ALIAS [PARAMETER=VALUE...]. The exit status. */
int modprobe_main(int argc, char **argv);

#endif
