/*
 * Which unit may start and which may stop, by what they say of each other. Nothing here acts: the
 * caller does, when a state changes.
 */
#include "system-runtime/supervise/supervise.h"

static const char *const states[UNIT_STATES] = { "waiting", "starting", "running", "stopping",
	"ending", "backoff", "exited", "failed", "stopped" };

const char *unit_state_name(enum unit_state s)
{
	return states[s];
}

int unit_state_of(const char *name)
{
	for (int i = 0; name != NULL && i < UNIT_STATES; i++) {
		if (strcmp(states[i], name) == 0)
			return i;
	}
	return -1;
}

bool unit_is_up(const struct unit *u)
{
	return u->state >= UNIT_STARTING && u->state <= UNIT_ENDING;
}

/* `after` is content with one that has ended, `requires` is not, nor with one that is to stop. */
static bool is_met(const struct edge *d)
{
	const struct unit *n = d->needed;

	if (n->state == UNIT_RUNNING)
		return !d->required || !n->stop_asked;
	return !d->required && n->state >= UNIT_BACKOFF;
}

const struct edge *order_unmet(const struct unit *u)
{
	for (const struct edge *d = u->needs; d != NULL; d = d->next_need) {
		if (!is_met(d))
			return d;
	}
	return NULL;
}

bool order_may_stop(const struct unit *u, bool all)
{
	for (const struct edge *d = u->needed_by; d != NULL; d = d->next_needed_by) {
		if ((all || d->required) && unit_is_up(d->needs))
			return false;
	}
	return true;
}

int order_add(struct unit *u, struct unit *needed, bool required)
{
	struct edge *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -1;
	*d = (struct edge){ .needs = u,
		.needed = needed,
		.required = required,
		.next_need = u->needs,
		.next_needed_by = needed->needed_by };
	u->needs = needed->needed_by = d;
	return 0;
}

uint32_t shutdown_kill_ms(uint32_t grace_ms, uint32_t init_ms)
{
	uint32_t rest = SHUTDOWN_END_MS + SHUTDOWN_SPARE_MS;
	uint32_t most = init_ms > 2 * rest ? init_ms - rest : init_ms / 2;
	uint32_t wish = grace_ms > SHUTDOWN_KILL_MS ? grace_ms : SHUTDOWN_KILL_MS;

	return wish < most ? wish : most;
}
