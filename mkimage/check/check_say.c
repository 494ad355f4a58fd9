/* A mistake is an error in a Slipway file and a warning in a LinuxKit file. */
#include "mkimage/check/check_impl.h"

static void context(struct checker *c)
{
	static const char *const words[] = {
		[SECTION_ONBOOT] = "onboot container",
		[SECTION_ONSHUTDOWN] = "onshutdown container",
		[SECTION_SERVICE] = "service",
	};
	if (c->service && c->service->name)
		(void)fail_ctx(c->d, "checking the %s \"%s\"", words[c->service->section],
			c->service->name);
}

void check_mistake(struct checker *c, struct pos at, const char *hint, const char *fmt, ...)
{
	bool full = diags_full(c->d);
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vfmt(c->mem, fmt, ap);
	va_end(ap);
	if (c->plan->config->slipway.v == 1)
		(void)fail_at(c->d, at, hint, "%s", text);
	else
		warn_at(c->d, at, hint, "%s", text);
	if (!full)
		context(c);
}

void check_warn(struct checker *c, struct pos at, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (!diags_full(c->d)) {
		warn_at(c->d, at, hint, "%s", arena_vfmt(c->mem, fmt, ap));
		context(c);
	}
	va_end(ap);
}
