/* What a kernel says of itself (Linux Documentation/arch/x86/boot.rst and arm64/booting.rst). */
#include "mkimage/inspect/inspect_impl.h"

#include <string.h>

enum { VERSION_MAX = 128 };

static int bzimage_version(struct inspector *x, struct inspect_part *p)
{
	uint8_t at[2];
	char text[VERSION_MAX + 1] = { 0 };
	if (part_read(x, p, 0x20e, at, sizeof(at)) < 0)
		return -1;
	if (!get_le16(at))
		return 0;
	ssize_t n = content_read(&p->content, 0x200 + (uint64_t)get_le16(at), text, VERSION_MAX);
	if (n > 0)
		x->of->version = arena_strn(x->of->mem, text, strcspn(text, " \n"));
	return 0;
}

int read_kernel(struct inspector *x, struct inspect_part *p)
{
	uint8_t magic[4];
	if (x->of->arch)
		return 0;
	if (part_read(x, p, 56, magic, sizeof(magic)) < 0)
		return -1;
	if (memcmp(magic, "ARM\x64", sizeof(magic)) == 0) {
		x->of->arch = "arm64"; /* the version lies somewhere in the compressed rest */
		return 0;
	}
	x->of->arch = "amd64";
	return bzimage_version(x, p);
}
