/*
 * /sbin/modprobe. The kernel starts it as `modprobe -q -- NAME` (kernel/module/kmod.c) when it
 * needs a protocol, a filesystem or a cipher that is a module; without it such requests fail
 * silently.
 */
#include "init/fmt.h"
#include "init/log.h"
#include "init/module.h"

enum { EXIT_USAGE = 2 };

static void complain(bool quiet, const char *format, ...) PRINTF(2, 3);
static void complain(bool quiet, const char *format, ...)
{
	char text[600];
	va_list ap;

	if (quiet)
		return;
	va_start(ap, format);
	size_t n = fmt_vtext(text, sizeof(text), format, ap);
	va_end(ap);
	(void)!write(STDERR_FILENO, text, n); /* nobody to tell when stderr is gone */
}

static int load_one(const char *name, bool quiet)
{
	switch (module_load_any(name)) {
	case MODULE_LOADED:
		return 0;
	case MODULE_ABSENT:
		complain(
			quiet, "modprobe: no module named or aliased \"%s\" in this image\n", name);
		return 1;
	case MODULE_UNUSED:
		complain(quiet, "modprobe: %s: blacklisted, or no device for it\n", name);
		return 1;
	case MODULE_FAILED:
		complain(quiet, "modprobe: %s\n", fail_reason());
		return 1;
	}
	return 1;
}

int modprobe_main(int argc, char **argv)
{
	bool quiet = false, all = false;
	int i = 1, status = 0;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		for (const char *o = argv[i] + 1; *o; o++) {
			if (*o == 'q')
				quiet = true;
			else if (*o == 'a')
				all = true;
			else if (!strchr("bsv", *o)) {
				complain(false, "modprobe: unknown option \"%s\"\n", argv[i]);
				return EXIT_USAGE;
			}
		}
	}
	if (i == argc) {
		complain(false, "usage: modprobe [-abqsv] [--] NAME|ALIAS...\n");
		return EXIT_USAGE;
	}
	/* Only -a makes the later words modules; otherwise they would be parameters, which belong
	 * on the kernel command line here. */
	if (!all && i + 1 < argc) {
		complain(false,
			"modprobe: \"%s\": parameters go on the kernel command line "
			"(MODULE.PARAMETER=VALUE); several modules need -a\n",
			argv[i + 1]);
		return EXIT_USAGE;
	}
	for (; i < argc; i++)
		status |= load_one(argv[i], quiet);
	return status;
}
