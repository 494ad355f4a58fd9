#include "init/blockdev.h"

#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/sysfile.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

enum { SECTOR = 512 }; /* the unit of sysfs, whatever the device's blocks are */

static int read_device(const struct gpt_source *s, uint64_t offset, void *out, size_t len)
{
	char *to = out;

	while (len) {
		ssize_t n = pread(s->fd, to, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		to += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Devices that never hold the root, or that take seconds to say so. */
static bool is_candidate(const char *name)
{
	static const char skip[][5] = { "ram", "loop", "zram", "fd", "nbd" };

	for (size_t i = 0; i < sizeof(skip) / sizeof(skip[0]); i++) {
		size_t n = strlen(skip[i]);

		if (strncmp(name, skip[i], n) == 0 && name[n] >= '0' && name[n] <= '9')
			return false;
	}
	return true;
}

/* sysfs writes '!' for the '/' of a device's name. */
static void device_path(const char *name, char out[BLOCKDEV_PATH_SIZE])
{
	fmt_text(out, BLOCKDEV_PATH_SIZE, "/dev/%s", name);
	for (char *c = out; *c; c++)
		if (*c == '!')
			*c = '/';
}

static void note(struct blockdev_search *s, const char *name, const char *what)
{
	size_t room = sizeof(s->seen) - s->seen_len;

	s->seen_len += fmt_text(
		s->seen + s->seen_len, room, "%s%s (%s)", s->seen_len ? ", " : "", name, what);
}

struct partition_search {
	struct gpt_part part;
	char path[BLOCKDEV_PATH_SIZE];
	bool found;
};

static bool try_partition(void *ctx, int dir, const char *name, unsigned char type)
{
	struct partition_search *p = ctx;
	uint64_t number, start, sectors;

	(void)type;
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !sysfile_number_at(fd, "partition", &number) ||
		!sysfile_number_at(fd, "start", &start) || !sysfile_number_at(fd, "size", &sectors))
		return true;
	/* The kernel may have read another table than we did (a hybrid has two). */
	if (start != p->part.offset / SECTOR || sectors != p->part.bytes / SECTOR)
		return true;
	device_path(name, p->path);
	p->found = access(p->path, F_OK) == 0;
	return !p->found;
}

static void use_part(struct blockdev_search *s, const char *device, int sysfs, struct gpt_part part)
{
	struct partition_search p = { .part = part };

	(void)sysdir_each(sysfs, try_partition, &p);
	s->found = true;
	s->needs_loop = !p.found;
	s->offset = p.found ? 0 : part.offset;
	s->bytes = part.bytes;
	fmt_text(s->path, sizeof(s->path), "%s", p.found ? p.path : device);
}

static void look_at(struct blockdev_search *s, const char *name, int sysfs)
{
	char device[BLOCKDEV_PATH_SIZE], text[80];
	struct gpt_source g = { .read = read_device };
	struct gpt_part part;
	unsigned parts, block;

	device_path(name, device);
	AUTO_FD fd = open(device, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		s->no_medium |= errno == ENOMEDIUM;
		note(s, name, errno == ENOMEDIUM ? "no medium" : strerror(errno));
		return;
	}
	if (ioctl(fd, BLKGETSIZE64, &g.size) < 0 || ioctl(fd, BLKSSZGET, &block) < 0 ||
		block < 512 || block > 4096 || block & (block - 1)) {
		note(s, name, "of no usable size");
		return;
	}
	g.fd = fd;
	g.block = block;
	switch (gpt_find(&g, &s->key, &part, &parts)) {
	case GPT_FOUND:
		use_part(s, device, sysfs, part);
		return;
	case GPT_NOT_FOUND:
		fmt_text(text, sizeof(text), "%u MB, GPT with %u other partitions",
			(unsigned)(g.size >> 20), parts);
		break;
	case GPT_DAMAGED:
		fmt_text(text, sizeof(text), "%u MB, damaged GPT", (unsigned)(g.size >> 20));
		break;
	case GPT_ABSENT:
		fmt_text(text, sizeof(text), "%u MB, no GPT", (unsigned)(g.size >> 20));
		break;
	}
	note(s, name, text);
}

static bool visit(void *ctx, int dir, const char *name, unsigned char type)
{
	struct blockdev_search *s = ctx;
	uint64_t sectors;

	(void)type;
	if (!is_candidate(name))
		return true;
	AUTO_FD sysfs = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sysfs < 0)
		return true;
	/* A drive whose medium was not looked at yet has size 0 too: opening it is what looks. */
	uint64_t removable = 0;
	(void)sysfile_number_at(sysfs, "removable", &removable);
	if (!sysfile_number_at(sysfs, "size", &sectors) || (sectors == 0 && !removable))
		return true;
	look_at(s, name, sysfs);
	return !s->found;
}

void blockdev_find(struct blockdev_search *s)
{
	s->found = s->no_medium = false;
	s->seen_len = 0;
	s->seen[0] = 0;
	(void)sysdir_each_path("/sys/block", visit, s);
}
