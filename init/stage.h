/* The steps of a boot, in a table: what each is called, and what happens when it fails. */
#ifndef INIT_STAGE_H
#define INIT_STAGE_H

#include "init/bootconf.h"

enum stage_policy {
	STAGE_CONTINUE, /* a warning; the machine is worth having without it */
	STAGE_RETRY,	/* three times, a second apart, then rescue */
	STAGE_RESCUE,	/* the boot ends here, and says so on every console */
};

struct stage {
	const char *name;
	int (*run)(const struct bootconf *c); /* -1: the reason is recorded (fail_why) */
	enum stage_policy policy;
	const char *hint; /* what to try when it fails */
};

void stages_run(const struct stage *stages, size_t count, const struct bootconf *c);
/* A line "NAME NANOSECONDS" (CLOCK_MONOTONIC) in /run/slipway/boot-times, once /run is there. */
void stage_record(const char *name);
/* The boot has failed in this step, for the reason recorded. */
_Noreturn void stage_rescue(const char *name, const char *hint, const struct bootconf *c);

#endif
