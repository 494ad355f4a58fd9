/*
 * PID 1. In the initrd it finds the root and goes there; on the root it sets the machine up and
 * keeps the supervisor running. Called as modprobe, it loads kernel modules.
 */
#include "init/clock.h"
#include "init/fmt.h"
#include "init/hotplug.h"
#include "init/identity.h"
#include "init/log.h"
#include "init/module.h"
#include "init/mounts.h"
#include "init/root.h"
#include "init/spawn.h"
#include "init/stage.h"
#include "init/supervise.h"
#include "init/sysfile.h"
#include "init/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define BOOTCONF_PATH "/etc/slipway/boot"

enum { EXIT_USAGE = 2 };

/* Filled once by stage "options", constant afterwards. */
static struct bootconf conf;

static int stage_mounts(const struct bootconf *c)
{
	(void)c;
	(void)umask(022);
	if (mount_early() < 0)
		return -1;
	log_open("init", false);
	return 0;
}

static int stage_signals(const struct bootconf *c)
{
	(void)c;
	return wait_open();
}

/* A mistake on the kernel command line is said, and the rest of it counts. */
static int stage_options(const struct bootconf *c)
{
	struct bootconf_error e;

	(void)c;
	if (bootconf_cmdline(&conf, sysfile_cmdline(), &e) < 0)
		log_line(LOG_WARNING, "kernel command line: %s", e.what);
	log_open("init", conf.debug);
	return 0;
}

/* The file first, the command line over it. */
static int stage_bootconf(const struct bootconf *c)
{
	static char text[BOOTCONF_MAX + 2];
	struct bootconf_error e;
	ssize_t n = sysfile_read(BOOTCONF_PATH, text, sizeof(text));

	if (n < 0)
		return fail_errno(errno, "reading " BOOTCONF_PATH);
	if (bootconf_parse(&conf, (struct span){ text, (size_t)n }, &e) < 0)
		return fail_why(BOOTCONF_PATH ", line %u: %s", e.line, e.what);
	(void)stage_options(c); /* over what the file says */
	return 0;
}

/* Kernel threads that ask for a module get the same program while we are here. */
static int stage_modprobe(const struct bootconf *c)
{
	(void)c;
	(void)mkdir("/sbin", 0755);
	if (symlink("/init", "/sbin/modprobe") < 0 && errno != EEXIST)
		return fail_errno(errno, "making /sbin/modprobe");
	return 0;
}

static int stage_clock(const struct bootconf *c)
{
	clock_at_least(c->epoch);
	return 0;
}

static int stage_switch(const struct bootconf *c)
{
	(void)c;
	stage_record("switch");
	return switch_root();
}

static int stage_in_place(const struct bootconf *c)
{
	(void)c;
	return root_in_place();
}

static int stage_root_mounts(const struct bootconf *c)
{
	(void)c;
	return mount_rest();
}

static int stage_cgroup(const struct bootconf *c)
{
	(void)c;
	return mount_cgroup();
}

static int stage_limits(const struct bootconf *c)
{
	(void)c;
	identity_limits();
	return 0;
}

/* From here on uevents wait for us; what came before is looked for later (devices.h). */
static int stage_hotplug(const struct bootconf *c)
{
	(void)c;
	return hotplug_open();
}

static int stage_network(const struct bootconf *c)
{
	(void)c;
	identity_loopback();
	identity_hostname();
	return 0;
}

static int stage_runtime(const struct bootconf *c)
{
	(void)c;
	if (access(SUPERVISOR, X_OK) < 0)
		return fail_errno(errno, SUPERVISOR);
	return 0;
}

#define HINT_IMAGE "the image is damaged or was built for something else: build it again"

static const struct stage first[] = {
	{ "mounts", stage_mounts, STAGE_RESCUE,
		"the kernel needs procfs, sysfs, devtmpfs and tmpfs" },
	{ "signals", stage_signals, STAGE_RESCUE, "the kernel needs CONFIG_SIGNALFD" },
};

static const struct stage initrd[] = {
	{ "initrd-options", stage_options, STAGE_CONTINUE, "" }, /* a bad file fails as they say */
	{ "bootconf", stage_bootconf, STAGE_RESCUE, HINT_IMAGE },
	{ "modprobe", stage_modprobe, STAGE_CONTINUE, "" },
	{ "initrd-clock", stage_clock, STAGE_CONTINUE, "" },
	{ "root", root_mount, STAGE_RESCUE,
		"check that the disk or CD is attached and its driver is in the image (kernel: "
		"modules:); slipway.root=PARTUUID=... and slipway.timeout=SECONDS override" },
	{ "switch", stage_switch, STAGE_RESCUE, HINT_IMAGE },
};

static const struct stage in_place[] = {
	{ "in-place", stage_in_place, STAGE_RESCUE, HINT_IMAGE },
};

static const struct stage root[] = {
	{ "options", stage_options, STAGE_CONTINUE, "" },
	{ "root-mounts", stage_root_mounts, STAGE_RESCUE, HINT_IMAGE },
	{ "cgroup", stage_cgroup, STAGE_RESCUE, "the kernel needs cgroup v2 (CONFIG_CGROUPS)" },
	{ "limits", stage_limits, STAGE_CONTINUE, "" },
	{ "hotplug", stage_hotplug, STAGE_CONTINUE, "" },
	{ "clock", stage_clock, STAGE_CONTINUE, "" },
	{ "network", stage_network, STAGE_CONTINUE, "" },
	{ "runtime", stage_runtime, STAGE_RESCUE, HINT_IMAGE },
};

static bool is_named(const char *path, const char *name)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return path && strcmp(slash ? slash + 1 : path, name) == 0;
}

int main(int argc, char **argv)
{
	static const char usage[] =
		"init: this is the first process of a Slipway machine; to load a "
		"kernel module, call it as modprobe\n";

	if (is_named(argv[0], "modprobe"))
		return modprobe_main(argc, argv);
	if (getpid() != 1) {
		(void)!write(STDERR_FILENO, usage, sizeof(usage) - 1);
		return EXIT_USAGE;
	}
	bootconf_defaults(&conf);
	stage_record("init");
	stages_run(first, ARRAY_LEN(first), &conf);
	if (root_is_rootfs()) {
		if (access(BOOTCONF_PATH, F_OK) == 0)
			stages_run(initrd, ARRAY_LEN(initrd), &conf);
		stages_run(in_place, ARRAY_LEN(in_place), &conf);
	}
	stages_run(root, ARRAY_LEN(root), &conf);
	supervise(&conf);
}
