#include "init/loop.h"

#include "base/auto_fd.h"
#include "init/fmt.h"
#include "init/log.h"
#include "init/module.h"
#include "init/sysfile.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

/* Between LOOP_CTL_GET_FREE and LOOP_CONFIGURE somebody else may take the device. */
enum { TRIES = 8 };

static int open_control(void)
{
	int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (module_load(span_of("loop")) == MODULE_ABSENT)
		return fail_why("no loop devices: the kernel lacks them, and the image has no "
				"module \"loop\"");
	fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	return fd >= 0 ? fd : fail_errno(errno, "opening /dev/loop-control");
}

int loop_attach(const char *file, uint64_t offset, uint64_t bytes, char device[LOOP_PATH_SIZE])
{
	AUTO_FD control = open_control();
	if (control < 0)
		return -1;
	AUTO_FD back = open(file, O_RDONLY | O_CLOEXEC);
	if (back < 0)
		return fail_errno(errno, "opening %s", file);

	/* 512-byte blocks whatever the medium has: the loop device reads through the page cache,
	 * and a filesystem with 1024-byte blocks mounts from a CD's 2048-byte sectors. */
	struct loop_config c = {
		.fd = (uint32_t)back,
		.block_size = 512,
		.info = { .lo_offset = offset,
			.lo_sizelimit = bytes,
			.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
	};
	fmt_text((char *)c.info.lo_file_name, sizeof(c.info.lo_file_name), "%s", file);
	for (unsigned i = 0; i < TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			return fail_errno(errno, "asking for a free loop device");
		fmt_text(device, LOOP_PATH_SIZE, "/dev/loop%d", number);
		AUTO_FD fd = open(device, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return fail_errno(errno, "opening %s", device);
		if (ioctl(fd, LOOP_CONFIGURE, &c) == 0)
			return fd_take(&fd);
		if (errno != EBUSY)
			return fail_errno(errno, "setting up %s for %s", device, file);
	}
	return fail_why("no loop device stays free for %s", file);
}

static bool detach_one(void *ctx, int dir, const char *name, unsigned char type)
{
	char path[300], file[8];

	(void)ctx;
	(void)type;
	fmt_text(path, sizeof(path), "%s/loop/backing_file", name);
	if (!span_starts(span_of(name), "loop") ||
		sysfile_read_at(dir, path, file, sizeof(file)) < 0)
		return true;
	fmt_text(path, sizeof(path), "/dev/%s", name);
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)ioctl(fd, LOOP_CLR_FD); /* in use: it goes with its last user */
	return true;
}

void loop_detach_all(void)
{
	(void)sysdir_each_path("/sys/block", detach_one, NULL);
}
