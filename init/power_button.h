/* The power button: KEY_POWER from any input device (ACPI, gpio-keys, a keyboard). */
#ifndef INIT_POWER_BUTTON_H
#define INIT_POWER_BUTTON_H

#include <poll.h>
#include <stdbool.h>

enum { POWER_BUTTONS_MAX = 8 };

/* Looks at /dev/input/event* for devices that have the key and are not open yet. */
void power_button_scan(void);
/* Fills p with what to poll; the count. */
unsigned power_button_fds(struct pollfd *p);
/* After poll(2): whether the key was pressed. Devices that are gone are closed. */
bool power_button_pressed(const struct pollfd *p, unsigned count);

#endif
