#include "init/hotplug.h"

#include "init/log.h"
#include "init/module.h"
#include "init/spawn.h"
#include "init/uevent.h"

#include <errno.h>
#include <signal.h>

static struct {
	int socket;
	pid_t worker; /* 0: none */
	bool want_cold;
} plug = { .socket = -1 };

/* Apart: in plug its 25 KB of zeroes would be bytes of the program's file. */
static struct modalias_set pending;

int hotplug_open(void)
{
	plug.socket = uevent_open();
	if (plug.socket < 0)
		return fail_errno(errno, "opening the kernel's uevent socket");
	return 0;
}

int hotplug_fd(void)
{
	return plug.socket;
}

unsigned hotplug_receive(void)
{
	static char buffer[UEVENT_MAX];
	struct span message, value;
	unsigned kinds = 0;

	for (;;) {
		switch (uevent_receive(plug.socket, buffer, &message)) {
		case UEVENT_NONE:
			return kinds;
		case UEVENT_LOST:
			plug.want_cold = true;
			kinds = HOTPLUG_BLOCK | HOTPLUG_INPUT;
			continue;
		case UEVENT_GOT:
			break;
		}
		if (!uevent_get(message, "ACTION", &value) || span_is(value, "remove"))
			continue;
		if (uevent_get(message, "MODALIAS", &value) && !modalias_add(&pending, value))
			plug.want_cold = true;
		if (!uevent_get(message, "SUBSYSTEM", &value))
			continue;
		if (span_is(value, "block"))
			kinds |= HOTPLUG_BLOCK;
		if (span_is(value, "input"))
			kinds |= HOTPLUG_INPUT;
	}
}

void hotplug_cold(void)
{
	plug.want_cold = true;
}

void hotplug_run(void)
{
	if (plug.worker || (!plug.want_cold && pending.count == 0))
		return;
	module_open(); /* mapped once, here: every worker inherits the maps */
	pid_t pid = process_fork();
	if (pid < 0) {
		log_line(LOG_WARNING, "no process for loading modules: %s", strerror(errno));
		return;
	}
	if (pid == 0) {
		if (plug.want_cold)
			coldplug();
		module_load_aliases(&pending);
		_exit(0);
	}
	plug.worker = pid;
	plug.want_cold = false;
	pending.count = 0;
}

bool hotplug_busy(void)
{
	return plug.worker != 0;
}

bool hotplug_reaped(pid_t pid)
{
	if (pid <= 0 || pid != plug.worker)
		return false;
	plug.worker = 0;
	return true;
}

void hotplug_stop(void)
{
	if (plug.worker)
		kill(plug.worker, SIGKILL);
}

void hotplug_close(void)
{
	hotplug_stop();
	if (plug.socket >= 0)
		close(plug.socket);
	plug.socket = -1;
	plug.want_cold = false;
	pending.count = 0;
}
