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
#include "init/verity.h"
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

/* What a partition is used through; a loop device lasts as long as it is open or has a user. */
struct volume {
	char device[BLOCKDEV_PATH_SIZE];
	const char *from; /* the loop device's backing, or NULL */
	int loop;
};

static int volume_loop(const char *file, uint64_t offset, uint64_t bytes, struct volume *v)
{
	v->loop = loop_attach(file, offset, bytes, v->device);
	v->from = file;
	return v->loop < 0 ? -1 : 0;
}

static int mount_volume(const struct bootconf *c, const struct volume *v, const char *verified)
{
	int r = mount_device(c, *verified ? verified : v->device);

	if (r == 0)
		log_line(LOG_SAY, "root: %s on %s%s%s%s", c->fstype, v->device,
			v->from ? ", from " : "", v->from ? v->from : "",
			*verified ? ", verified" : "");
	return r;
}

/* Looks once, and again whenever the kernel announces a block device. */
static int wait_for_medium(const struct bootconf *c, const char *what, struct blockdev_search *s)
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
			log_line(LOG_TRACE, "root: waiting for %s", what);
			told = true;
		}
		uint64_t now = now_ns();
		if (now >= deadline)
			return fail_why("no partition %s within %u s; block devices: %s", what,
				c->timeout, s->seen_len ? s->seen : "none");
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

static int find_volume(const struct bootconf *c, const char *what, const struct gpt_key *key,
	struct blockdev_search *s, struct volume *out)
{
	s->key = *key;
	if (wait_for_medium(c, what, s) < 0)
		return -1;
	if (s->needs_loop)
		return volume_loop(s->path, s->offset, s->bytes, out);
	fmt_text(out->device, sizeof(out->device), "%s", s->path);
	return 0;
}

/* Discoverable Partitions Specification: one half of the root hash is the GUID of the root's
 * partition, the other one that of its hashes. */
static void key_of_half(const char *hex, struct gpt_key *key, char text[BOOTCONF_ROOT_SIZE])
{
	char *to = text + fmt_text(text, BOOTCONF_ROOT_SIZE, "PARTUUID=");
	const char *guid = to;

	for (unsigned i = 0; i < VERITY_HEX / 2; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*to++ = '-';
		*to++ = hex[i];
	}
	*to = '\0';
	(void)partuuid_parse(span_of(guid), key);
}

static int mount_partition(const struct bootconf *c)
{
	static struct blockdev_search data, hashes;
	struct volume root = { .loop = -1 }, tree = { .loop = -1 };
	struct gpt_key key = c->partition;
	char text[BOOTCONF_ROOT_SIZE], verified[VERITY_PATH] = "";
	int r;

	if (c->verified && !c->roothash[0])
		return fail_why("no roothash= on the kernel command line to verify the root by");
	(void)span_copy(span_of(c->root_text), text, sizeof(text));
	if (!text[0])
		key_of_half(c->roothash, &key, text);
	r = find_volume(c, text, &key, &data, &root);
	if (r == 0 && c->verified) {
		key_of_half(c->roothash + VERITY_HEX / 2, &key, text);
		r = find_volume(c, text, &key, &hashes, &tree);
		if (r == 0)
			r = verity_attach(c->roothash, root.device, tree.device, verified);
	}
	if (r == 0)
		r = mount_volume(c, &root, verified);
	if (root.loop >= 0)
		close(root.loop);
	if (tree.loop >= 0)
		close(tree.loop);
	return r;
}

static int mount_embedded(const struct bootconf *c)
{
	struct volume v;
	int r = volume_loop("/root.squashfs", 0, 0, &v);

	if (r == 0) {
		r = mount_volume(c, &v, "");
		close(v.loop);
	}
	return r;
}

int root_mount(const struct bootconf *c)
{
	int r = -1;

	if (load_modules(c) < 0)
		return -1;
	switch (c->root) {
	case ROOT_NONE:
		return fail_why("/etc/slipway/boot names no root");
	case ROOT_EMBEDDED:
		return mount_embedded(c);
	case ROOT_PARTITION:
		if (hotplug_fd() < 0 && hotplug_open() < 0)
			return -1;
		hotplug_cold();
		hotplug_run();
		r = mount_partition(c);
		(void)sysfile_write(MEDIA_POLL, "0");
		stop_worker();
		break;
	}
	return r;
}
