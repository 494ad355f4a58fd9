/*
 * What a cloud, or a disk beside the machine, says about it: a name, keys, data of the user.
 * Everything that is read here is written by others: sizes, times and names are bounded.
 */
#ifndef PACKAGES_METADATA_METADATA_H
#define PACKAGES_METADATA_METADATA_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TEXT_MAX = 1 << 20,    /* of one file or answer; GCP allows 256 KB, EC2 16 KB */
	KEYS_MAX = 64 << 10,   /* authorized_keys as a whole */
	HOSTNAME_MAX = 64,     /* HOST_NAME_MAX of the kernel */
	REQUEST_SECONDS = 5,   /* one request, from connect to the last byte */
	PROVIDER_SECONDS = 20, /* until the service of a known cloud answers at all */
};

/* Bytes, never with a NUL behind them unless a function says so. */
struct text {
	char *at;
	size_t len;
};

/* What was found. Texts that were not said have at NULL. */
struct metadata {
	char hostname[HOSTNAME_MAX + 1];
	char keys[KEYS_MAX];
	size_t keys_len;
	struct text user_data;
};

struct settings {
	const char *output;  /* /run/config */
	const char *devices; /* /dev */
	const char *dmi;     /* /sys/class/dmi/id */
	const char
		*firmware;   /* /sys/firmware, which is masked in a container and bound elsewhere */
	const char *address; /* of every service, for tests: "127.0.0.1:8080"; NULL: its own */
	bool verbose;
};

void say(const char *fmt, ...) PRINTF(1, 2);
/* As say, and -1. */
int fail(const char *fmt, ...) PRINTF(1, 2);

/* The first word that can be a host's name, without what is not one; false: none. */
bool set_hostname(struct metadata *m, const char *text, size_t len);
/* Lines that are keys of OpenSSH, each once; others are passed over. */
void add_keys(struct metadata *m, const char *text, size_t len);
/* A copy, in memory of this module; of more than TEXT_MAX nothing. */
void keep_user_data(struct metadata *m, const char *at, size_t len);

#endif
