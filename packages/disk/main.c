/*
 * The partitions that the first boot makes on the root's disk: the second slot, and the one for
 * data, with its file system. Each boot checks and mounts that, and has it grow with the disk.
 */
#include "filesystem.h"
#include "gpt.h"
#include "layout.h"
#include "root_disk.h"
#include "say.h"
#include "settings.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The kernel's partitions are those of the table. */
static int tell_kernel(const struct root_disk *d, const struct gpt *g)
{
	for (unsigned i = 0; i < GPT_ENTRIES; i++) {
		const struct gpt_entry *e = &g->entry[i];

		if (gpt_used(e) &&
			root_disk_partition(d, i + 1, e->first, e->last - e->first + 1) < 0)
			return -1;
	}
	return 0;
}

/* The table as the settings have it. A disk that is too small for more still has what it has. */
static int lay_out(struct gpt *g, const struct settings *s, const struct root_disk *d)
{
	enum layout slots = s->slots == 2 && !layout_data(g) ? layout_slots(g) : LAYOUT_SAME;
	enum layout data = slots < 0 ? slots : layout_add_data(g, s);
	enum layout grown = data < 0 ? data : layout_grow_data(g, s);

	if (grown < 0)
		return -1;
	struct gpt_entry *e = layout_data(g);
	bool is_new = gpt_is_named(e, NAME_NEW);
	/* A disk that was used before: what was there is not lost for an image written over its
	 * head. */
	if (data == LAYOUT_CHANGED && filesystem_probe(d->fd, e->first * GPT_SECTOR)) {
		say("%s: a file system is there already, and stays", d->name);
		gpt_name(e, s->label);
	}
	if (slots == LAYOUT_SAME && data == LAYOUT_SAME && grown == LAYOUT_SAME &&
		g->known == g->sectors)
		return 0;
	say("%s: %s; the table now covers %llu MiB", d->name,
		slots == LAYOUT_CHANGED	  ? "the second slot and the partition for data are made"
		: is_new		  ? "the partition for data is made"
		: grown == LAYOUT_CHANGED ? "the partition for data has grown"
					  : "the disk has grown",
		(unsigned long long)g->sectors / 2048);
	return gpt_write(g);
}

/* By its own device: what the disk's device showed of this place before, the kernel still has. */
static const char *probe(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	const char *type = fd < 0 ? NULL : filesystem_probe(fd, 0);

	if (fd >= 0)
		close(fd);
	return type;
}

static int data_mount(struct gpt *g, const struct settings *s, const struct root_disk *d)
{
	struct gpt_entry *e = layout_data(g);
	char device[DEVICE_MAX];
	const char *type;

	root_disk_device(d, (unsigned)(e - g->entry) + 1, device);
	if (gpt_is_named(e, NAME_NEW)) {
		say("%s: making a file system (%s)", device, s->filesystem);
		if (filesystem_make(device, s) < 0)
			return -1;
		gpt_name(e, s->label);
		if (gpt_write(g) < 0)
			return -1;
	}
	type = probe(device);
	if (!type)
		return fail(
			"%s holds no file system that is known here: it is left as it is. To have it "
			"made anew, delete the partition and reboot",
			device);
	if (filesystem_check(device, type) < 0 || filesystem_mount(device, type, s->mount) < 0)
		return -1;
	say("%s (%s) is at %s", device, type, s->mount);
	return s->grow ? filesystem_grow(device, type, s->mount) : 0;
}

int main(void)
{
	struct settings s;
	struct root_disk d;
	static struct gpt g;
	int found;

	if (settings_read(&s) < 0)
		return 1;
	found = root_disk_open(&d);
	if (found == 0)
		found = gpt_read(&g, d.fd, d.sectors);
	if (found == 0 && !layout_is_ours(&g))
		found = 1;
	if (found == 1) {
		say("the root is on no disk of ours: %s is in memory, and ends with the machine",
			s.mount);
		return filesystem_mount(NULL, NULL, s.mount) < 0;
	}
	return found < 0 || lay_out(&g, &s, &d) < 0 || tell_kernel(&d, &g) < 0 ||
	       data_mount(&g, &s, &d) < 0;
}
