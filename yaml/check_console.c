/*
 * Where the kernel's messages go: `console=` of its command line (kernel-parameters.txt). A name
 * that no driver has is passed over by the kernel, and the machine boots without a word.
 */
#include "yaml/check.h"

#include "base/near.h"

#include <stdlib.h>
#include <string.h>

/* What drivers call their consoles, without the number. */
static const char *const names[] = { "tty", "ttyS", "ttyAMA", "ttyUSB", "ttyGS", "ttyPS", "ttymxc",
	"ttyMSM", "ttyO", "ttySAC", "ttySTM", "ttyLF", "ttyLP", "ttyTHS", "ttyUL", "ttySC",
	"ttyTCU", "ttyMV", "ttyAML", "ttySIF", "ttyMSIO", "hvc", "hvsi", "xvc", "lp", "brl",
	"netcon", "uart", "uart8250", "pl011", "efifb", "spk" };
/* Only on chips of ARM's world. */
static const char *const arm_only[] = { "ttyAMA", "ttymxc", "ttyMSM", "ttyO", "ttySAC", "ttySTM",
	"ttyTHS", "ttyTCU", "ttyMV", "ttyAML", "ttyMSIO", "pl011" };

static bool among(const char *const *list, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static bool is_nowhere(const char *name)
{
	return !*name || strcmp(name, "null") == 0 || strcmp(name, "ttynull") == 0;
}

/* "ttyS0,115200n8" -> "ttyS"; uart8250 ends with a digit and has no number. */
static const char *driver_of(struct arena *a, const char *device)
{
	size_t len = strlen(device);
	if (among(names, ARRAY_LEN(names), device))
		return device;
	while (len && device[len - 1] >= '0' && device[len - 1] <= '9')
		len--;
	return arena_strn(a, device, len);
}

static const char *hint(struct reader *r, const char *device, const char *driver)
{
	struct strings known = { 0 };
	const char *near = NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		vec_push(r->mem, &known, names[i]);
		if (strcasecmp(names[i], driver) == 0)
			near = names[i];
	}
	near = near ? near : near_name(driver, &known);
	return near ? arena_fmt(r->mem, "did you mean \"%s%s\"?", near, device + strlen(driver))
		    : "as in `console=ttyS0` or `console=tty0`";
}

/* True: messages are seen there, as far as we can know. */
static bool check_one(struct reader *r, const struct config *c, const char *device)
{
	const char *driver = driver_of(r->mem, device);
	bool amd64 = c->arch.v && strcmp(c->arch.v, "amd64") == 0;
	if (is_nowhere(device))
		return false;
	if (!among(names, ARRAY_LEN(names), driver))
		reader_mistake(r, c->kernel.cmdline.at, hint(r, device, driver),
			"no console of the kernel is called \"%s\"", device);
	else if (amd64 && among(arm_only, ARRAY_LEN(arm_only), driver))
		reader_mistake(r, c->kernel.cmdline.at, "on amd64 it is `console=ttyS0`",
			"the console \"%s\" is only on machines with ARM processors", device);
	return true;
}

void check_console(struct reader *r, const struct config *c)
{
	size_t all = 0, seen = 0;
	for (const char *p = c->kernel.cmdline.v; p && *p && !reader_full(r);) {
		size_t len = strcspn(p, " \t\n");
		/* What follows -- is init's. */
		if (len == 2 && memcmp(p, "--", 2) == 0)
			break;
		if (strncmp(p, "console=", 8) == 0) {
			const char *device = arena_strn(r->mem, p + 8, len - 8);
			all++;
			seen += check_one(r, c, arena_strn(r->mem, device, strcspn(device, ",")));
		}
		p += len + strspn(p + len, " \t\n");
	}
	if (all && !seen)
		reader_mistake(r, c->kernel.cmdline.at, "as in `console=ttyS0` or `console=tty0`",
			"the kernel's command line sends the console nowhere");
}
