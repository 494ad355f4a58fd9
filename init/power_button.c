#include "init/power_button.h"

#include "base/attr.h"
#include "init/fmt.h"
#include "init/span.h"
#include "init/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <sys/ioctl.h>

static struct {
	int fd; /* plus one: 0 is a free place */
	char name[16];
} buttons[POWER_BUTTONS_MAX];

static bool has_power_key(int fd)
{
	unsigned char keys[KEY_MAX / 8 + 1] = { 0 };

	return ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) >= 0 &&
	       keys[KEY_POWER / 8] & 1 << KEY_POWER % 8;
}

static bool is_open(const char *name)
{
	for (unsigned i = 0; i < POWER_BUTTONS_MAX; i++)
		if (buttons[i].fd && strcmp(buttons[i].name, name) == 0)
			return true;
	return false;
}

static bool try_device(void *ctx, int dir, const char *name, unsigned char type)
{
	unsigned i = 0;

	(void)ctx;
	(void)type;
	while (i < POWER_BUTTONS_MAX && buttons[i].fd)
		i++;
	if (i == POWER_BUTTONS_MAX)
		return false;
	if (!span_starts(span_of(name), "event") || strlen(name) >= sizeof(buttons[0].name) ||
		is_open(name))
		return true;
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (!has_power_key(fd)) {
		close(fd);
		return true;
	}
	buttons[i].fd = fd + 1;
	fmt_text(buttons[i].name, sizeof(buttons[i].name), "%s", name);
	return true;
}

void power_button_scan(void)
{
	(void)sysdir_each_path("/dev/input", try_device, NULL);
}

unsigned power_button_fds(struct pollfd *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < POWER_BUTTONS_MAX; i++)
		if (buttons[i].fd)
			p[n++] = (struct pollfd){ .fd = buttons[i].fd - 1, .events = POLLIN };
	return n;
}

static void forget(int fd)
{
	for (unsigned i = 0; i < POWER_BUTTONS_MAX; i++)
		if (buttons[i].fd == fd + 1)
			buttons[i].fd = 0;
	close(fd);
}

bool power_button_pressed(const struct pollfd *p, unsigned count)
{
	struct input_event e;
	bool pressed = false;

	for (unsigned i = 0; i < count; i++) {
		ssize_t n = 0;

		if (!p[i].revents)
			continue;
		while ((n = read(p[i].fd, &e, sizeof(e))) == (ssize_t)sizeof(e))
			pressed |= e.type == EV_KEY && e.code == KEY_POWER && e.value == 1;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			forget(p[i].fd);
	}
	return pressed;
}
