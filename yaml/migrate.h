/* What becomes of a LinuxKit file: what means more here, and what to change for Slipway's defaults.
 */
#ifndef YAML_MIGRATE_H
#define YAML_MIGRATE_H

#include "yaml/config.h"

enum migration { MIGRATION_BETTER, MIGRATION_CHANGE };

struct migration_note {
	enum migration kind;
	struct pos at;
	const char *what;
};
struct migration_notes {
	struct migration_note *items;
	size_t len, cap;
};

void config_migration(struct arena *a, const struct config *c, struct migration_notes *out);

#endif
