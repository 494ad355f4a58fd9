/*
 * Cold plug reads the lists of the buses and not the whole of /sys/devices: every device with a
 * modalias is on a bus, but for the firmware's own identity and input devices. That is some hundred
 * files instead of some thousand folders.
 */
#include "init/hotplug.h"

#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/kopt.h"
#include "init/module.h"
#include "init/sysfile.h"

#include <fcntl.h>

enum { TEXT_BYTES = 4096 };

static bool add_device(void *ctx, int dir, const char *name, unsigned char type)
{
	struct modalias_set *set = ctx;
	char path[300], text[TEXT_BYTES];

	(void)type;
	fmt_text(path, sizeof(path), "%s/modalias", name);
	ssize_t n = sysfile_read_at(dir, path, text, sizeof(text));
	if (n <= 0)
		return true;
	struct span alias = { text, (size_t)n };
	if (!modalias_add(set, alias)) {
		module_load_aliases(set);
		set->count = 0;
		(void)modalias_add(set, alias);
	}
	return true;
}

static void add_folder(struct modalias_set *set, int dir, const char *path)
{
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)sysdir_each(fd, add_device, set);
}

static bool add_bus(void *ctx, int dir, const char *name, unsigned char type)
{
	char path[300];

	(void)type;
	fmt_text(path, sizeof(path), "%s/devices", name);
	add_folder(ctx, dir, path);
	return true;
}

/* Memory reserved for the log of a boot that fails is what the command line says, and no device. */
static void add_reserved_memory(void)
{
	struct span ramoops = span_of("ramoops");
	char address[64];

	if (kopt_module_params(sysfile_cmdline(), ramoops, address, sizeof(address)))
		(void)module_load(ramoops); /* the kernel's log has why not */
}

void coldplug(void)
{
	static struct modalias_set set;

	set.count = 0;
	add_reserved_memory();
	(void)sysdir_each_path("/sys/bus", add_bus, &set);
	add_folder(&set, AT_FDCWD, "/sys/class/input");
	add_folder(&set, AT_FDCWD, "/sys/class/dmi");
	module_load_aliases(&set);
}
