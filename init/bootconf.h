/* /etc/slipway/boot and the slipway.* kernel options (docs/ARCHITECTURE.md, "Initrd"). */
#ifndef INIT_BOOTCONF_H
#define INIT_BOOTCONF_H

#include "base/attr.h"
#include "init/partuuid.h"
#include "init/span.h"
#include "init/verity.h"

#include <stdint.h>

enum {
	BOOTCONF_MAX = 4096,	     /* bytes of /etc/slipway/boot */
	BOOTCONF_MODULES_MAX = 2048, /* bytes of the list of modules */
	BOOTCONF_TIMEOUT = 30,	     /* seconds, when nothing is said */
	BOOTCONF_SHUTDOWN = 60,
	BOOTCONF_FSTYPE_SIZE = 16,
	BOOTCONF_ROOT_SIZE = 64,
};

enum root_kind { ROOT_NONE, ROOT_EMBEDDED, ROOT_PARTITION };
enum onfail { ONFAIL_WAIT, ONFAIL_REBOOT, ONFAIL_HALT };

struct bootconf {
	enum root_kind root;
	struct gpt_key partition;
	char root_text[BOOTCONF_ROOT_SIZE]; /* "PARTUUID=..." or "PARTLABEL=..."; "": as roothash */
	bool verified;		       /* the root is mounted as roothash says, or not at all */
	char roothash[VERITY_HEX + 1]; /* "": none, or one that nobody can trust */
	char fstype[BOOTCONF_FSTYPE_SIZE];
	char modules[BOOTCONF_MODULES_MAX]; /* names, comma-separated */
	unsigned timeout;		    /* seconds to wait for the root's medium */
	unsigned shutdown;		    /* seconds that the supervisor gets to stop */
	unsigned panic; /* panic=: seconds until a failed boot reboots; 0: never */
	int64_t epoch;	/* build time, seconds since 1970; 0: not known */
	enum onfail onfail;
	int watchdog; /* seconds; WATCHDOG_DEFAULT: nothing was said */
	bool debug, rescue;
};

/* What is wrong, and in which line (0: on the kernel command line). */
struct bootconf_error {
	unsigned line;
	const char *what;
};

void bootconf_defaults(struct bootconf *c);
/* The file's text. Unknown keys are errors: the builder and init come from the same release. */
CHECK int bootconf_parse(struct bootconf *c, struct span text, struct bootconf_error *e);
/* Kernel options win over the file. Foreign options are ignored, our own are checked. */
CHECK int bootconf_cmdline(struct bootconf *c, struct span cmdline, struct bootconf_error *e);

#endif
