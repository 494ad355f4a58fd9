/* What the kernel command line says to the supervisor (docs/boot.md). */
#ifndef RT_SUPERVISE_KERNEL_OPTION_H
#define RT_SUPERVISE_KERNEL_OPTION_H

#include <stdbool.h>

/* slipway.shutdown=SECONDS: after how many init ends a shutdown without the supervisor (60). */
unsigned shutdown_seconds(const char *cmdline);
/* slipway.skip=NAME,... names it. */
bool is_skipped(const char *cmdline, const char *name);
/* slipway.exit-on=NAME,... names it. */
bool is_exit_on(const char *cmdline, const char *name);

struct supervisor;
/* Those that slipway.skip names are not started. */
void units_by_kernel_options(struct supervisor *s);

#endif
