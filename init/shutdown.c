#include "init/shutdown.h"

#include "init/hotplug.h"
#include "init/log.h"
#include "init/loop.h"
#include "init/spawn.h"
#include "init/unmount.h"
#include "init/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

static const struct {
	const char *name;
	int command;
} ends[] = {
	[REQUEST_NONE] = { "halt", RB_HALT_SYSTEM },
	[REQUEST_POWEROFF] = { "power off", RB_POWER_OFF },
	[REQUEST_REBOOT] = { "reboot", RB_AUTOBOOT },
	[REQUEST_HALT] = { "halt", RB_HALT_SYSTEM },
};

/* All processes descend from init or from the kernel's helpers, and every orphan becomes init's
 * child: no children means that nobody is left. */
static bool all_gone(uint64_t limit_ns)
{
	uint64_t deadline = now_ns() + limit_ns;
	struct wake w = { 0 };

	for (wait_reap(&w); !w.no_children; wait_reap(&w)) {
		if (now_ns() >= deadline)
			return false;
		wait_for(deadline, &w);
	}
	return true;
}

static void kill_all(void)
{
	(void)kill(-1, SIGTERM);
	(void)kill(-1, SIGCONT); /* a stopped process takes its SIGTERM only now */
	if (all_gone(seconds(SHUTDOWN_GRACE)))
		return;
	log_line(LOG_WARNING, "some processes ignore SIGTERM: killing them");
	/* Again and again: somebody may be forking faster than one pass kills. */
	for (uint64_t deadline = now_ns() + seconds(SHUTDOWN_KILL); now_ns() < deadline;) {
		(void)kill(-1, SIGKILL);
		if (all_gone(milliseconds(100)))
			return;
	}
	log_line(LOG_WARNING, "some processes cannot be killed: going on");
}

/* A dead network filesystem can hold umount(2) and sync(2) for ever: then this process is the one
 * that ends the machine. */
static void start_guard(int command)
{
	pid_t pid = process_fork();

	if (pid != 0) {
		if (pid < 0)
			log_line(LOG_WARNING, "no process for the shutdown's deadline: %s",
				strerror(errno));
		return;
	}
	struct timespec left = { .tv_sec = SHUTDOWN_FORCED };
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
	log_line(LOG_ERROR, "unmounting hangs: ending the machine without it");
	(void)reboot(command);
	_exit(1);
}

_Noreturn void machine_end(enum request r)
{
	log_line(LOG_SAY, "%s: ending what still runs", ends[r].name);
	/* Descriptors and the current folder must not keep the filesystems that are to go. */
	(void)chdir("/");
	hotplug_close();
	kill_all();
	watchdog_feed(); /* for the last time: it is the last resort from here on */
	start_guard(ends[r].command);
	sync();
	unmount_all();
	loop_detach_all();
	sync();
	if (r == REQUEST_HALT)
		watchdog_disarm();
	log_line(LOG_SAY, "%s: now", ends[r].name);
	(void)reboot(ends[r].command);
	log_line(LOG_ERROR, "%s: the kernel refuses: %s", ends[r].name, strerror(errno));
	(void)reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}
