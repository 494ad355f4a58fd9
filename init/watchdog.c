#include "init/watchdog.h"

#include "init/log.h"
#include "init/module.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>

#define DEVICE "/dev/watchdog0"

enum { SECONDS = 60 };

static int device = -1;

void watchdog_open(int seconds)
{
	int timeout = seconds > 0 ? seconds : SECONDS;

	if (seconds == 0 || device >= 0)
		return;
	device = open(DEVICE, O_WRONLY | O_CLOEXEC);
	if (device < 0 && seconds > 0 && module_load(span_of("softdog")) == MODULE_LOADED)
		device = open(DEVICE, O_WRONLY | O_CLOEXEC);
	if (device < 0) {
		if (seconds > 0 || errno != ENOENT)
			log_line(LOG_WARNING, "watchdog: %s: %s", DEVICE, strerror(errno));
		return;
	}
	/* One that cannot be set says what it has. */
	if (ioctl(device, WDIOC_SETTIMEOUT, &timeout) < 0)
		(void)ioctl(device, WDIOC_GETTIMEOUT, &timeout);
	log_line(LOG_SAY, "watchdog: the machine is reset when the supervisor is silent for %d s",
		timeout);
}

void watchdog_feed(void)
{
	if (device >= 0)
		(void)ioctl(device, WDIOC_KEEPALIVE, 0);
}

void watchdog_disarm(void)
{
	if (device >= 0)
		(void)!write(device, "V", 1); /* the magic close */
	if (device >= 0)
		close(device);
	device = -1;
}
