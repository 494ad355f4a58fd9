/* What pstore kept of the boot before. */
#ifndef RT_SUPERVISE_LAST_BOOT_H
#define RT_SUPERVISE_LAST_BOOT_H

#define LAST_BOOT_FOLDER "/run/slipway"
#define LAST_BOOT_FILE	 "last-boot"

enum { LAST_BOOT_MAX = 48 * 1024 };

/* Moves it to that file; once drivers are there. */
void last_boot_keep(void);

#endif
