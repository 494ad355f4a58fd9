/*
 * Whether a boot loader finds room for an initrd: between the kernel and the highest address that
 * the kernel takes it at (Linux Documentation/arch/x86/boot.rst, initrd_addr_max). UEFI's stub has
 * no such limit, and on arm64 it is 32 GiB.
 */
#include "mkimage/build/build_impl.h"

#include "base/endian.h"

#include <string.h>

enum {
	SETUP_LEN = 0x264,
	MAGIC = 0x202,
	VERSION = 0x206,
	INITRD_ADDR_MAX = 0x22c,
	PREF_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
	VERSION_WITH_INIT_SIZE = 0x20a,
};

int initrd_has_room(struct build *b, uint64_t size, struct diags *d)
{
	const struct content *kernel;
	uint8_t h[SETUP_LEN];
	if (artefact_kernel(b, &kernel, d) < 0)
		return -1;
	if (strcmp(b->plan->platform.arch, "amd64") != 0 ||
		content_read(kernel, 0, h, sizeof(h)) != sizeof(h) ||
		memcmp(h + MAGIC, "HdrS", 4) != 0 || get_le16(h + VERSION) < VERSION_WITH_INIT_SIZE)
		return 0; /* not a bzImage: nothing is known of it */
	uint64_t end = (uint64_t)get_le32(h + INITRD_ADDR_MAX) + 1;
	uint64_t start = get_le64(h + PREF_ADDRESS) + get_le32(h + INIT_SIZE);
	uint64_t room = start < end ? end - start : 0;
	if (size <= room)
		return 0;
	return fail_at(d, b->plan->config->kernel.image.at,
		"build for UEFI (-f raw-efi, iso-efi), whose stub has no such limit",
		"the initrd has %llu bytes, %llu more than a boot loader finds room for beside the kernel \"%s\"",
		(unsigned long long)size, (unsigned long long)(size - room), b->plan->kernel_ref);
}
