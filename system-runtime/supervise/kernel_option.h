/* What the kernel command line says to the supervisor (docs/boot.md). */
#ifndef RT_SUPERVISE_KERNEL_OPTION_H
#define RT_SUPERVISE_KERNEL_OPTION_H

#include <stdbool.h>

/* slipway.skip=NAME,... names it. */
bool is_skipped(const char *cmdline, const char *name);

#endif
