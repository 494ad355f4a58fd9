#include "init/rescue.h"

#include "init/log.h"
#include "init/module.h"
#include "init/shutdown.h"
#include "init/spawn.h"
#include "init/sysfile.h"
#include "init/wait.h"

enum { REBOOT_AFTER = 10 }; /* seconds to read the message */

static void wait_until(uint64_t deadline)
{
	struct wake w;

	do {
		wait_for(deadline, &w);
		if (w.request != REQUEST_NONE)
			machine_end(w.request);
	} while (now_ns() < deadline);
}

static void shell(void)
{
	struct wake w;
	pid_t pid = spawn_shell();

	if (pid < 0) {
		log_line(LOG_ERROR, "no rescue shell: %s", fail_reason());
		return;
	}
	log_line(LOG_ERROR, "a rescue shell is on %s; the machine reboots when it ends",
		log_console());
	wait_watch(pid);
	do {
		wait_for(UINT64_MAX, &w);
		if (w.request != REQUEST_NONE)
			machine_end(w.request);
	} while (!w.watched_ended);
	machine_end(REQUEST_REBOOT);
}

/* When the kernel restarts it leaves its log in the firmware's variables or in reserved memory
 * (pstore) if it is told to, as if it had crashed; the supervisor of the next boot finds it there.
 */
static void keep_log(void)
{
	(void)module_load(span_of("efi_pstore"));
	(void)sysfile_write("/sys/module/printk/parameters/always_kmsg_dump", "1");
}

_Noreturn void rescue(const struct bootconf *c)
{
	keep_log();
	if (c->rescue)
		shell();
	if (c->onfail == ONFAIL_HALT) {
		log_line(LOG_ERROR, "halting (slipway.onfail=halt)");
		machine_end(REQUEST_HALT);
	}
	if (c->onfail == ONFAIL_REBOOT || c->panic) {
		unsigned after = c->panic ? c->panic : REBOOT_AFTER;

		log_line(LOG_ERROR, "rebooting in %u s", after);
		wait_until(now_ns() + seconds(after));
		machine_end(REQUEST_REBOOT);
	}
	log_line(LOG_ERROR,
		"waiting; Ctrl-Alt-Del reboots. Kernel options: slipway.debug says more, "
		"slipway.rescue starts a shell, slipway.onfail=reboot|halt|wait");
	for (;;)
		wait_until(UINT64_MAX);
}
