#include "init/root.h"

#include "base/auto_fd.h"
#include "init/blockdev.h"
#include "init/fmt.h"
#include "init/hotplug.h"
#include "init/log.h"
#include "init/loop.h"
#include "init/module.h"
#include "init/shutdown.h"
#include "init/sysfile.h"
#include "init/wait.h"

#include <sys/mount.h>
#include <sys/stat.h>

/* How often the kernel itself looks whether a CD has been put in, while we wait for one. */
#define MEDIA_POLL "/sys/module/block/parameters/events_dfl_poll_msecs"

static int load_modules(const struct bootconf *c)
{
	struct span rest = span_of(c->modules), name;

	while (span_cut(&rest, ',', &name)) {
		char text[64];

		if (name.len == 0)
			continue;
		(void)span_copy(name, text, sizeof(text));
		switch (module_load(name)) {
		case MODULE_LOADED:
		case MODULE_UNUSED:
			break;
		case MODULE_ABSENT:
			log_line(LOG_WARNING, "no module \"%s\" for this kernel in the initrd",
				text);
			break;
		case MODULE_FAILED:
			log_line(LOG_WARNING, "%s", fail_reason());
			break;
		}
	}
	return 0;
}

static int mount_device(const struct bootconf *c, const char *device)
{
	unsigned long flags = MS_RDONLY | MS_NODEV;

	(void)mkdir(ROOT_MOUNT, 0755);
	if (mount(device, ROOT_MOUNT, c->fstype, flags, NULL) == 0)
		return 0;
	int why = errno;
	if (why == ENODEV) {
		char alias[BOOTCONF_FSTYPE_SIZE + 4];

		fmt_text(alias, sizeof(alias), "fs-%s", c->fstype);
		if (module_load_any(alias) == MODULE_LOADED) {
			if (mount(device, ROOT_MOUNT, c->fstype, flags, NULL) == 0)
				return 0;
			why = errno;
		}
	}
	return fail_errno(why, "mounting %s as %s", device, c->fstype);
}

static int mount_loop(const struct bootconf *c, const char *file, uint64_t offset, uint64_t bytes)
{
	char device[LOOP_PATH_SIZE];
	AUTO_FD fd = loop_attach(file, offset, bytes, device);

	if (fd < 0 || mount_device(c, device) < 0)
		return -1;
	log_line(LOG_SAY, "root: %s on %s, from %s", c->fstype, device, file);
	return 0;
}

static int mount_found(const struct bootconf *c, const struct blockdev_search *s)
{
	if (s->needs_loop)
		return mount_loop(c, s->path, s->offset, s->bytes);
	if (mount_device(c, s->path) < 0)
		return -1;
	log_line(LOG_SAY, "root: %s on %s", c->fstype, s->path);
	return 0;
}

/* Looks once, and again whenever the kernel announces a block device. */
static int wait_for_medium(const struct bootconf *c, struct blockdev_search *s)
{
	uint64_t deadline = now_ns() + seconds(c->timeout);
	bool look = true, told = false;
	struct wake w;

	for (;;) {
		if (look)
			blockdev_find(s);
		if (s->found)
			return 0;
		if (s->no_medium)
			(void)sysfile_write(MEDIA_POLL, "500");
		if (!hotplug_busy() && !told) {
			log_line(LOG_TRACE, "root: waiting for %s", c->root_text);
			told = true;
		}
		uint64_t now = now_ns();
		if (now >= deadline)
			return fail_why("no partition %s within %u s; block devices: %s",
				c->root_text, c->timeout, s->seen_len ? s->seen : "none");
		bool was_busy = hotplug_busy();
		wait_for(deadline, &w);
		if (w.request != REQUEST_NONE)
			machine_end(w.request);
		/* When the worker is done, every driver has been asked: a last look costs little.
		 */
		look = w.block_device || (was_busy && !hotplug_busy()) || now_ns() >= deadline;
	}
}

/* The worker still reads the initrd's modules, which go now; the root's own cold plug asks for all
 * of its devices again. */
static void stop_worker(void)
{
	uint64_t deadline = now_ns() + seconds(2);
	struct wake w;

	hotplug_stop();
	while (hotplug_busy() && now_ns() < deadline)
		wait_for(deadline, &w);
}

int root_mount(const struct bootconf *c)
{
	struct blockdev_search s = { 0 };
	int r = -1;

	if (load_modules(c) < 0)
		return -1;
	switch (c->root) {
	case ROOT_NONE:
		return fail_why("/etc/slipway/boot names no root");
	case ROOT_EMBEDDED:
		return mount_loop(c, "/root.squashfs", 0, 0);
	case ROOT_PARTITION:
		if (hotplug_fd() < 0 && hotplug_open() < 0)
			return -1;
		hotplug_cold();
		hotplug_run();
		s.key = c->partition;
		r = wait_for_medium(c, &s);
		if (r == 0)
			r = mount_found(c, &s);
		(void)sysfile_write(MEDIA_POLL, "0");
		stop_worker();
		break;
	}
	return r;
}
