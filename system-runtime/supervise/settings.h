/*
 * Slipway's own keys of a container, as annotations of its config.json (docs/svc-protocol.md,
 * "Settings of a bundle").
 */
#ifndef RT_SUPERVISE_SETTINGS_H
#define RT_SUPERVISE_SETTINGS_H

#include "system-runtime/json/decode.h"
#include "system-runtime/supervise/backoff.h"

enum restart_policy { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };
enum health_action { HEALTH_RESTART, HEALTH_REBOOT, HEALTH_NONE };
enum failure_policy { FAILURE_CONTINUE, FAILURE_FAIL, FAILURE_REBOOT };

/* Texts are the settings' own; lists are kept as their JSON. NULL: not set. */
struct settings {
	uint8_t restart, on_failure, health_action; /* the enums above */
	bool ready_notify, userns_auto;
	uint8_t stop_signal;
	uint16_t ready_tcp; /* 0: none */
	struct backoff_rule backoff;
	uint32_t grace_ms;
	uint32_t timeout_ms; /* of a step; 0: none */
	uint32_t ready_ms;   /* until which it must be ready */
	uint32_t interval_ms, health_ms, retries;
	uint32_t calm_ms;	     /* healthy_after */
	uint32_t log_size, log_rate; /* bytes; lines in a second, 0: no limit */
	uint32_t log_file_size, log_files;
	char *after, *requires;
	char *log_file; /* absolute; NULL: none */
	char *ready_file, *ready_command, *health_command, *health_http;
};

extern const struct settings settings_default;

/* What cannot be understood keeps its default, and the last of that is told: -1. */
CHECK int settings_read(const pair_vec *annotations, struct settings *out, struct rt_error *e);
void settings_free(struct settings *s);

#endif
