#include "mkimage/disk/syslinux_impl.h"

#include <string.h>

enum { LINE_LIMIT = 2000 }; /* syslinux cuts at 2048 */

int syslinux_config(struct arena *a, const char *kernel, const char *initrd, const char *cmdline,
	const char **out, struct diags *d)
{
	size_t len = strlen(cmdline);
	if (strpbrk(cmdline, "\r\n"))
		return fail(d, KIND_INPUT, "write kernel.cmdline in one line",
			"the kernel's command line has several lines");
	if (len > LINE_LIMIT)
		return fail(d, KIND_INPUT, "shorten kernel.cmdline",
			"the kernel's command line has %zu bytes; syslinux takes %d", len,
			LINE_LIMIT);
	*out = arena_fmt(a,
		"SERIAL 0 115200\n"
		"DEFAULT slipway\n"
		"PROMPT 0\n"
		"TIMEOUT 0\n"
		"LABEL slipway\n"
		"  LINUX %s\n"
		"  INITRD %s\n"
		"  APPEND %s\n",
		kernel, initrd, cmdline);
	return 0;
}
