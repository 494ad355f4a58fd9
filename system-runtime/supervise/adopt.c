/* A new supervisor finds what its predecessor left: the containers must not notice. */
#include "base/auto_fd.h"
#include "system-runtime/common/file.h"
#include "system-runtime/state/state.h"
#include "system-runtime/supervise/supervise.h"

#include <signal.h>
#include <sys/epoll.h>

struct memory {
	struct opt_int state, restarts, exit, policy, backoff, signal, grace;
	const char *reason;
	bool mounted;
};

static const struct field memory_fields[] = {
	FIELD(struct memory, state, F_INT),
	FIELD(struct memory, restarts, F_INT),
	FIELD(struct memory, exit, F_INT),
	FIELD(struct memory, policy, F_INT),
	FIELD(struct memory, backoff, F_INT),
	FIELD(struct memory, signal, F_INT),
	FIELD(struct memory, grace, F_INT),
	FIELD(struct memory, reason, F_STR),
	FIELD(struct memory, mounted, F_BOOL),
};
static const struct table memory_table = TABLE(struct memory, memory_fields);

static void on_process_exit(struct supervisor *s, struct watch *w, uint32_t events)
{
	(void)events;
	unit_ended(s, w->owner, -1);
}

/* 0 when the container runs and is watched now. */
static int take_over(struct supervisor *s, struct unit *u, struct rt_error *e)
{
	AUTO_FD dir = -1;
	AUTO_MEM m = { 0 };
	struct state st;

	if (state_open(s->root, u->id, &dir, e) != 0 || state_read(dir, u->id, &m, &st, e) != 0)
		return -1;
	int pidfd = state_pidfd(&st);
	if (pidfd < 0)
		return rt_fail(e, 0, "it ended meanwhile");
	u->pidfd = (struct watch){ .fd = pidfd, .ready = on_process_exit, .owner = u };
	u->pid = (pid_t)st.pid.v;
	/* Ticks since boot: 100 a second on every architecture we run on (USER_HZ). */
	u->started_ms = st.start_time * 10;
	u->adopted = true;
	return watch_add(s, &u->pidfd, EPOLLIN, e);
}

void unit_adopt(struct supervisor *s, struct unit *u)
{
	char name[NAME_MAX_UNIT + 8];
	struct rt_error e = { 0 };
	AUTO_MEM m = { 0 };
	struct memory was = { 0 };

	snprintf(name, sizeof(name), "%s.unit", u->id);
	if (faccessat(s->run_dir, name, F_OK, 0) != 0 ||
		json_decode_file(&m, s->run_dir, name, &memory_table, &was, &e) != 0 ||
		was.state.v < 0 || was.state.v > UNIT_STOPPED || was.policy.v < 0 ||
		was.policy.v > RESTART_ALWAYS || was.signal.v < 0 || was.signal.v > 64 ||
		was.grace.v < 0 || was.grace.v > 3600 * 1000 || was.backoff.v < 0 ||
		was.backoff.v > BACKOFF_MOST_MS)
		return;
	u->state = (enum unit_state)was.state.v;
	u->restarts = (unsigned)was.restarts.v;
	u->exit_status = (int)was.exit.v;
	u->mounted = was.mounted;
	u->restart = (enum restart_policy)was.policy.v;
	u->backoff_ms = (unsigned)was.backoff.v;
	u->stop_signal = (int)was.signal.v;
	u->grace_ms = (int)was.grace.v;
	snprintf(u->reason, sizeof(u->reason), "%s", was.reason ? was.reason : "");
	if (unit_open_log(s, u, &e) != 0)
		console("%s %s: %s", kind_name(u->kind), u->name, e.what);
	if (u->state == UNIT_BACKOFF) {
		unit_back_off(s, u, "found waiting");
		return;
	}
	if (u->state != UNIT_RUNNING && u->state != UNIT_STOPPING)
		return;
	if (take_over(s, u, &e) == 0) {
		unit_set(s, u, u->state, "taken over, pid %d", (int)u->pid);
		if (u->state == UNIT_STOPPING)
			u->deadline_ms = now_ms() + (uint64_t)u->grace_ms;
	} else {
		unit_ended(s, u, -1);
	}
}
