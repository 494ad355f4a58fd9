/* Whether an initrd fits into a machine: the kernel holds it, and what it unpacks of it. */
#include "mkimage/run/run.h"

#include "base/endian.h"
#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>

/* RFC 1952: the last four bytes of a gzip member are its size before, modulo 2^32. */
static int unpacked_size(int fd, uint64_t size, uint64_t *out)
{
	uint8_t head[2], tail[4];
	*out = size;
	if (size < 18)
		return 0;
	if (fd_pread_full(fd, head, sizeof(head), 0) != sizeof(head) ||
		fd_pread_full(fd, tail, sizeof(tail), size - 4) != sizeof(tail))
		return -1;
	if (head[0] == 0x1f && head[1] == 0x8b)
		*out = get_le32(tail);
	return 0;
}

int run_fits(const struct machine *m, struct diags *d)
{
	struct stat st;
	uint64_t unpacked;
	if (m->firmware != FIRMWARE_DIRECT)
		return 0;
	AUTO_FD fd = open(m->initrd, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || unpacked_size(fd, (uint64_t)st.st_size, &unpacked) < 0)
		return fail_sys(d, errno, "cannot read \"%s\"", m->initrd);
	uint64_t mib = ((uint64_t)st.st_size + unpacked) >> 20;
	if (mib < m->memory)
		return 0;
	return fail(d, KIND_USAGE,
		arena_fmt(
			d->mem, "give it more: -m %llu", (unsigned long long)(mib + MEMORY_BESIDE)),
		"the machine has %u MiB of memory, and the initrd \"%s\" needs at least %llu MiB while the kernel unpacks it",
		m->memory, m->initrd, (unsigned long long)mib);
}
