#include "init/verity.h"

#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>

/* What the ioctls read: their head, one target, its parameters as text. */
struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char table[VERITY_TABLE];
};

static int call(int control, unsigned long command, struct request *r, uint32_t flags)
{
	/* What the kernel has written there is not for the next call. */
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.version[1] = r->head.version[2] = 0;
	r->head.target_count = 1;
	r->head.event_nr = 0;
	r->head.dev = 0;
	r->head.data_size = sizeof(*r);
	r->head.data_start = offsetof(struct request, target);
	r->head.flags = flags;
	return ioctl(control, command, r);
}

static int read_table(const char *root, const char *data, const char *hashes, struct request *r)
{
	uint8_t superblock[VERITY_SUPERBLOCK];
	uint64_t sectors;
	AUTO_FD fd = open(hashes, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || pread(fd, superblock, sizeof(superblock), 0) != sizeof(superblock))
		return fail_errno(fd < 0 ? errno : EIO, "reading %s", hashes);
	if (!verity_table(superblock, root, data, hashes, r->table, &sectors))
		return fail_why("%s is no partition of hashes: it was changed", hashes);
	r->target.length = sectors;
	return 0;
}

int verity_attach(const char *root, const char *data, const char *hashes, char out[VERITY_PATH])
{
	struct request r = { .head = { .name = "root" }, .target = { .target_type = "verity" } };
	AUTO_FD control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return fail_errno(errno, "opening /dev/mapper/control");
	if (read_table(root, data, hashes, &r) < 0)
		return -1;
	if (call(control, DM_DEV_CREATE, &r, 0) < 0)
		return fail_errno(errno, "making a device-mapper device");
	/* The first device: its minor number is what the kernel names its node after. */
	fmt_text(out, VERITY_PATH, "/dev/dm-%u", (unsigned)(r.head.dev & 0xff));
	if (call(control, DM_TABLE_LOAD, &r, DM_READONLY_FLAG) < 0)
		return fail_errno(errno,
			"dm-verity does not take %s: cut short, or a kernel without it", data);
	if (call(control, DM_DEV_SUSPEND, &r, 0) < 0)
		return fail_errno(errno, "starting dm-verity on %s", data);
	return 0;
}
