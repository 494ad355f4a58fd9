/*
 * How much memory the machine has by the kernel's command line: mem=SIZE
 * (Documentation/admin-guide/kernel-parameters.txt), with the suffixes of memparse() in
 * lib/cmdline.c. When it stands there several times, the smallest holds, as on x86.
 */
#include "mkimage/plan/plan_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST_MACHINE = 1 << 20 };

/* 0: no size. */
static uint64_t size_of(const char *text)
{
	static const char units[] = "kmgtpe";
	char *end;
	errno = 0;
	if (*text < '0' || *text > '9')
		return 0;
	unsigned long long n = strtoull(text, &end, 0);
	const char *unit = *end ? strchr(units, *end | 0x20) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (errno || (*end && (!unit || end[1])) || (shift && n > UINT64_MAX >> shift))
		return 0;
	return (uint64_t)n << shift;
}

static int one(struct planner *pl, const char *value)
{
	struct pos at = pl->c->kernel.cmdline.at;
	uint64_t n = size_of(value);
	/* x86: a switch, and no size. */
	if (strcmp(value, "nopentium") == 0)
		return 0;
	if (!n)
		return plan_mistake(pl, at, "as in `mem=512M`",
			"the kernel's command line has mem=%s, which is no size", value);
	if (n < SMALLEST_MACHINE && value[strspn(value, "0123456789")] == '\0')
		return plan_mistake(pl, at, arena_fmt(pl->mem, "write the unit: mem=%sM", value),
			"the kernel's command line leaves the machine %s bytes of memory", value);
	if (!pl->p->memory || n < pl->p->memory)
		pl->p->memory = n;
	return 0;
}

int plan_memory(struct planner *pl)
{
	for (const char *p = pl->p->cmdline; *p;) {
		size_t len = strcspn(p, " \t\n");
		/* What follows -- is init's. */
		if (len == 2 && memcmp(p, "--", 2) == 0)
			break;
		if (strncmp(p, "mem=", 4) == 0 && one(pl, arena_strn(pl->mem, p + 4, len - 4)) < 0)
			return -1;
		p += len + strspn(p + len, " \t\n");
	}
	return 0;
}

static const char *amount(struct arena *a, uint64_t bytes)
{
	if (bytes < 1 << 20)
		return arena_fmt(a, "%.1f KiB", (double)bytes / 1024);
	return arena_fmt(a, "%.1f MiB", (double)bytes / (1 << 20));
}

int plan_fits(
	const struct plan *p, uint64_t needs, const char *what, const char *hint, struct diags *d)
{
	struct pos at = p->config->kernel.cmdline.at;
	if (!p->memory || needs <= p->memory)
		return 0;
	const char *text = arena_fmt(d->mem,
		"%s needs at least %s of memory, and the kernel's command line leaves the machine %s",
		what, amount(d->mem, needs), amount(d->mem, p->memory));
	if (p->config->slipway.v == 1)
		return fail_at(d, at, hint, "%s", text);
	warn_at(d, at, hint, "%s", text);
	return 0;
}
