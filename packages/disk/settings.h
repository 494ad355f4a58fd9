/* /etc/slipway/disk: what `disk:` of the config says (docs/ARCHITECTURE.md). */
#ifndef DISK_SETTINGS_H
#define DISK_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum { LABEL_MAX = 12 };

struct settings {
	unsigned slots;
	uint64_t size; /* bytes; 0: the rest */
	bool grow;
	char label[LABEL_MAX + 1];
	char filesystem[8];
	char mount[256];
};

#define SETTINGS_PATH "/etc/slipway/disk"

int settings_read(struct settings *out);

#endif
