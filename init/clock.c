#include "init/clock.h"

#include "base/auto_fd.h"
#include "init/log.h"

#include <fcntl.h>
#include <linux/rtc.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Days since 1970-01-01 of a date of the Gregorian calendar; March counts as the first month, so
 * that the leap day is the last of its year. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

/* Seconds since 1970 (the hardware clock runs in UTC), or -1. */
static int64_t hardware_clock(void)
{
	AUTO_FD fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);
	struct rtc_time t;

	if (fd < 0 || ioctl(fd, RTC_RD_TIME, &t) < 0 || t.tm_year < 70 || t.tm_year > 8099)
		return -1;
	return days_from_date(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday) * 86400 +
	       t.tm_hour * 3600 + t.tm_min * 60 + t.tm_sec;
}

void clock_at_least(int64_t epoch)
{
	/* The kernel's own start of time, when no driver of a clock was there: some seconds of
	 * 1970. */
	int64_t floor = epoch > 86400 ? epoch : 86400;
	struct timespec now = { 0 };

	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
	if (now.tv_sec >= floor)
		return;
	int64_t hardware = hardware_clock();
	struct timespec set = { .tv_sec = hardware >= floor ? hardware : epoch };
	if (set.tv_sec == 0) {
		log_line(LOG_WARNING,
			"clock: no hardware clock; the time is wrong until NTP sets it");
		return;
	}
	if (clock_settime(CLOCK_REALTIME, &set) < 0)
		log_line(LOG_WARNING, "clock: setting it: %s", strerror(errno));
	else if (set.tv_sec == epoch)
		log_line(LOG_WARNING, "clock: behind the image; set to the time of its build");
}
