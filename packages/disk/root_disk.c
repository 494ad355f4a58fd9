#include "root_disk.h"

#include "say.h"
#include "settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PATH_LEN = 128 };

/* A number in a file of sysfs; false when there is none. */
static int number(const char *folder, const char *file, unsigned long long *out)
{
	char path[PATH_LEN + 32];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	FILE *f = fopen(path, "re");
	int got = f && fscanf(f, "%llu", out) == 1;

	if (f)
		fclose(f);
	return got;
}

/* A mapped device (dm-verity) stands on others: the first of them that is a partition. */
static int below(const char *folder, char out[PATH_LEN])
{
	char path[PATH_LEN + 32];
	unsigned long long n;
	struct dirent *e;
	int found = 0;

	snprintf(path, sizeof(path), "%s/slaves", folder);
	DIR *dir = opendir(path);
	while (dir && !found && (e = readdir(dir))) {
		snprintf(out, PATH_LEN, "/sys/class/block/%.64s", e->d_name);
		found = e->d_name[0] != '.' && number(out, "partition", &n);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The folder in sysfs of the partition that holds the root, which has our settings too. */
static int root_partition(char out[PATH_LEN])
{
	char device[PATH_LEN];
	unsigned long long n;
	struct stat st;

	if (stat(SETTINGS_PATH, &st) < 0)
		return 0;
	snprintf(
		device, sizeof(device), "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	snprintf(out, PATH_LEN, "%s", device);
	return number(out, "partition", &n) || below(device, out);
}

int root_disk_open(struct root_disk *d)
{
	char folder[PATH_LEN], real[PATH_MAX], device[DEVICE_MAX];
	uint64_t bytes;
	int block;

	if (!root_partition(folder) || !realpath(folder, real))
		return 1;
	snprintf(d->name, sizeof(d->name), "%s", basename(dirname(real)));
	snprintf(device, sizeof(device), "/dev/%s", d->name);
	d->fd = open(device, O_RDWR | O_CLOEXEC);
	if (d->fd < 0)
		return fail_errno("opening %s", device);
	if (ioctl(d->fd, BLKGETSIZE64, &bytes) < 0 || ioctl(d->fd, BLKSSZGET, &block) < 0)
		return fail_errno("asking %s for its size", device);
	d->sectors = bytes / 512;
	return block == 512 ? 0 : 1; /* our table counts in 512 bytes: this one came otherwise */
}

void root_disk_device(const struct root_disk *d, unsigned number, char out[DEVICE_MAX])
{
	char last = d->name[strlen(d->name) - 1];

	snprintf(out, DEVICE_MAX, "/dev/%s%s%u", d->name, last >= '0' && last <= '9' ? "p" : "",
		number);
}

int root_disk_partition(const struct root_disk *d, unsigned part, uint64_t first, uint64_t sectors)
{
	struct blkpg_partition p = { .start = (long long)first * 512,
		.length = (long long)sectors * 512,
		.pno = (int)part };
	struct blkpg_ioctl_arg arg = { .datalen = sizeof(p), .data = &p };
	char device[DEVICE_MAX], folder[PATH_LEN + 32];
	unsigned long long start, size;

	root_disk_device(d, part, device);
	snprintf(folder, sizeof(folder), "/sys/class/block/%s", device + strlen("/dev/"));
	if (number(folder, "start", &start) && number(folder, "size", &size)) {
		if (start == first && size == sectors)
			return 0;
		if (start != first)
			return fail("the kernel has %s in another place: reboot", device);
		arg.op = BLKPG_RESIZE_PARTITION;
	} else {
		arg.op = BLKPG_ADD_PARTITION;
	}
	if (ioctl(d->fd, BLKPG, &arg) < 0)
		return fail_errno("telling the kernel of %s", device);
	return 0;
}
