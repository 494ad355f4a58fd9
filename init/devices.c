#include "init/devices.h"

#include "init/clock.h"
#include "init/hotplug.h"
#include "init/identity.h"
#include "init/line.h"
#include "init/log.h"
#include "init/power_button.h"
#include "init/stage.h"
#include "init/wait.h"
#include "init/watchdog.h"

/* How long those that wait for devices wait for the slowest driver. */
enum { COLDPLUG_SECONDS = 10 };

static struct {
	bool begun, settled;
	uint64_t begin_by, deadline;
} state = { .begin_by = UINT64_MAX };

void devices_begin_by(uint64_t when)
{
	if (when < state.begin_by)
		state.begin_by = when;
}

void devices_step(const struct bootconf *c)
{
	uint64_t now = now_ns();

	if (state.settled || (!state.begun && now < state.begin_by))
		return;
	if (!state.begun) {
		state.begun = true;
		state.deadline = now + seconds(COLDPLUG_SECONDS);
		stage_record("drivers");
		hotplug_cold();
		hotplug_run();
	}
	if (hotplug_busy() && now < state.deadline)
		return;
	if (hotplug_busy())
		log_line(LOG_WARNING,
			"devices: drivers still look for theirs after %u s; going on without",
			(unsigned)COLDPLUG_SECONDS);
	state.settled = true;
	power_button_scan();
	clock_at_least(c->epoch);
	identity_hostname();
	watchdog_open(c->watchdog);
	stage_record("devices");
	line_say_settled();
}

uint64_t devices_deadline(void)
{
	if (state.settled)
		return UINT64_MAX;
	return state.begun ? state.deadline : state.begin_by;
}

bool devices_settled(void)
{
	return state.settled;
}
