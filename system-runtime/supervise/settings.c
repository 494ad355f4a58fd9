#include "system-runtime/supervise/settings.h"
#include "system-runtime/oci/spec.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TIME, COUNT, PORT, TEXT, TRUTH, SIGNAL, RESTART, FAILURE, ACTION };

/* The words of a kind, in the order of its enum. */
static const char *const words[] = {
	[RESTART] = "never|on-failure|always|",
	[FAILURE] = "continue|fail|reboot|",
	[ACTION] = "restart|reboot|none|",
	[TRUTH] = "false|true|auto|",
};

#define SETTING(k, kind_, member)                                                \
	{                                                                        \
		.key = k, .kind = kind_, .at = offsetof(struct settings, member) \
	}
static const struct {
	char key[20];
	uint8_t kind, at;
} known[] = {
	SETTING("restart", RESTART, restart),
	SETTING("restart.delay", TIME, backoff.first_ms),
	SETTING("restart.max_delay", TIME, backoff.most_ms),
	SETTING("restart.limit", COUNT, backoff.limit),
	SETTING("restart.within", TIME, backoff.within_ms),
	SETTING("after", TEXT, after),
	SETTING("requires", TEXT, requires),
	SETTING("ready.notify", TRUTH, ready_notify),
	SETTING("ready.tcp", PORT, ready_tcp),
	SETTING("ready.file", TEXT, ready_file),
	SETTING("ready.command", TEXT, ready_command),
	SETTING("ready.timeout", TIME, ready_ms),
	SETTING("health.command", TEXT, health_command),
	SETTING("health.http", TEXT, health_http),
	SETTING("health.interval", TIME, interval_ms),
	SETTING("health.timeout", TIME, health_ms),
	SETTING("health.retries", COUNT, retries),
	SETTING("health.action", ACTION, health_action),
	SETTING("healthy_after", TIME, calm_ms),
	SETTING("stop.signal", SIGNAL, stop_signal),
	SETTING("stop.grace", TIME, grace_ms),
	SETTING("timeout", TIME, timeout_ms),
	SETTING("on_failure", FAILURE, on_failure),
	SETTING("userns", TRUTH, userns_auto),
	SETTING("log.size", COUNT, log_size),
	SETTING("log.rate", COUNT, log_rate),
	SETTING("log.file", TEXT, log_file),
	SETTING("log.file_size", COUNT, log_file_size),
	SETTING("log.files", COUNT, log_files),
};

const struct settings settings_default = {
	.stop_signal = SIGTERM,
	.backoff = { .first_ms = 100, .most_ms = 30000, .within_ms = 600000 },
	.grace_ms = 5000,
	.ready_ms = 60000,
	.interval_ms = 30000,
	.health_ms = 5000,
	.retries = 3,
	.calm_ms = 10000,
	.log_size = 64 * 1024,
	.log_file_size = 10 << 20,
	.log_files = 4,
};

/* A number with at most `places` decimals, counted in units of the last of them. */
static int number(const char *text, unsigned places, uint64_t most, uint64_t *out)
{
	const char *p = text;
	uint64_t n = 0;
	unsigned decimals = 0;
	bool point = false;

	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point && places > 0 && p > text); p++) {
		if (*p == '.')
			point = true;
		else if (point && decimals == places)
			continue; /* finer than we count */
		else if (n = n * 10 + (uint64_t)(*p - '0'), n > most)
			return -1;
		else
			decimals += point;
	}
	for (; decimals < places; decimals++)
		n *= 10;
	*out = n;
	return p == text || *p != '\0' || n > most ? -1 : 0;
}

static int word(const char *list, const char *text, uint8_t *out)
{
	size_t n = strlen(text);
	uint8_t i = 0;

	for (const char *p = list; *p != '\0'; p += strcspn(p, "|") + 1, i++) {
		if (strncmp(p, text, n) == 0 && p[n] == '|' && n > 0) {
			*out = i;
			return 0;
		}
	}
	return -1;
}

static int set(enum kind kind, char *at, const char *text)
{
	uint64_t n;
	uint8_t w;
	int signal;

	switch (kind) {
	case TIME: /* at most 30 days */
	case COUNT:
		if (number(text, kind == TIME ? 3 : 0, UINT64_C(2592000000), &n) != 0)
			return -1;
		memcpy(at, &(uint32_t){ (uint32_t)n }, sizeof(uint32_t));
		return 0;
	case PORT:
		if (number(text, 0, 65535, &n) != 0)
			return -1;
		memcpy(at, &(uint16_t){ (uint16_t)n }, sizeof(uint16_t));
		return 0;
	case SIGNAL:
		signal = signal_number(text);
		if (signal <= 0)
			return -1;
		*at = (char)signal;
		return 0;
	case TEXT: {
		char *copy = strdup(text), *old;
		memcpy(&old, at, sizeof(old));
		free(old);
		memcpy(at, &copy, sizeof(copy));
		return copy == NULL ? -1 : 0;
	}
	case TRUTH:
	case RESTART:
	case FAILURE:
	case ACTION:
		break;
	}
	if (word(words[kind], text, &w) != 0)
		return -1;
	*at = (char)(kind == TRUTH ? w > 0 : w);
	return 0;
}

int settings_read(const pair_vec *annotations, struct settings *out, struct rt_error *e)
{
	static const char prefix[] = "io.slipway.";
	int r = 0;

	*out = settings_default;
	for (size_t i = 0; i < annotations->n; i++) {
		const struct pair *a = &annotations->v[i];
		if (strncmp(a->key, prefix, sizeof(prefix) - 1) != 0)
			continue;
		for (size_t k = 0; k < ARRAY_LEN(known); k++) {
			if (strcmp(a->key + sizeof(prefix) - 1, known[k].key) == 0 &&
				set(known[k].kind, (char *)out + known[k].at, a->value) != 0)
				r = rt_fail(e, 0, "annotation %s: \"%.200s\" is not understood",
					a->key, a->value);
		}
	}
	return r;
}

void settings_free(struct settings *s)
{
	char *texts[] = { s->after, s->requires, s->ready_file, s->ready_command, s->health_command,
		s->health_http, s->log_file };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
}
