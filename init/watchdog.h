/*
 * The watchdog resets a machine whose supervisor is silent (linux/watchdog.h,
 * Documentation/watchdog/watchdog-api.rst).
 */
#ifndef INIT_WATCHDOG_H
#define INIT_WATCHDOG_H

enum {
	WATCHDOG_DEFAULT = -1, /* what the machine has, 60 s */
	WATCHDOG_LEAST = 30,   /* seconds: three signs of life of the supervisor's */
};

/* Arms it. seconds: WATCHDOG_DEFAULT, 0 for none, or the time that is given by the operator, for
 * which the kernel's own watchdog (softdog) will do when there is no device. */
void watchdog_open(int seconds);
void watchdog_feed(void);
/* Before a halt: the machine is to stay as it is. */
void watchdog_disarm(void);

#endif
